// The shape of content/data/decision.json.
import { z } from 'astro/zod';

const questionSchema = z.strictObject({
  id: z.string(),
  question: z.string(),
  /** How much it matters unless the reader says otherwise: 0 not at all, 3 very much. */
  weight: z.number().int().min(0).max(3),
  /** The chapter that shows what the answers are about. */
  chapter: z.string(),
  answers: z
    .array(
      z.strictObject({
        id: z.string(),
        text: z.string(),
        lean: z.number().min(-2).max(2),
        reason: z.string(),
        decides: z.enum(['kubernetes', 'ecs']).optional(),
      }),
    )
    .min(2),
});

/** The questions in the order in which they are asked. */
export const decisionFileSchema = z.array(questionSchema).min(1);
