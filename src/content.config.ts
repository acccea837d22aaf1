// What the site is made of: lessons, the exercises they open, and the data they quote. Every file passes its schema here, once.
import { defineCollection, reference } from 'astro:content';
import { i18nLoader } from '@astrojs/starlight/loaders';
import { docsSchema, i18nSchema } from '@astrojs/starlight/schema';
import { file, glob } from 'astro/loaders';
import { z } from 'astro/zod';
import { interfaceSchema } from './i18n/keys.ts';
import { factSchema, glossaryEntrySchema, quizSchema } from './content-schemas.ts';

const platformSchema = z.enum(['kubernetes', 'ecs', 'both']);

const docs = defineCollection({
  loader: glob({ base: './content/lessons', pattern: '**/*.mdx' }),
  schema: docsSchema({
    extend: z.object({
      platform: platformSchema.optional(),
      /** The folder in content/exercises whose lab opens beside this lesson. */
      exercise: reference('exercises').optional(),
      /** Reading and doing, together. */
      minutes: z.number().int().positive().optional(),
      /** The day on which someone last compared the lesson with its sources. */
      checked: z.date().optional(),
      sources: z.array(z.strictObject({ title: z.string(), url: z.url(), read: z.date() })).default([]),
    }),
  }),
});

/** The part of an exercise that its lesson shows. The lab server reads the same file whole, with the full schema. */
const exercises = defineCollection({
  loader: glob({
    base: './content/exercises',
    pattern: '*/exercise.yaml',
    generateId: ({ entry }) => entry.split('/')[0] ?? entry,
  }),
  schema: z.object({
    title: z.string(),
    goal: z.string(),
    difficulty: z.enum(['beginner', 'intermediate', 'advanced']),
    minutes: z.number(),
    sandboxes: z.array(z.enum(['kubernetes', 'ecs'])).min(1),
    objectives: z
      .array(
        z.object({
          id: z.string(),
          title: z.string(),
          points: z.number(),
          hints: z.array(z.string()).default([]),
          resources: z.record(z.string(), z.object({ platform: z.string().optional(), kind: z.string().optional() })).default({}),
        }),
      )
      .min(1),
    explanation: z.string().optional(),
  }),
});

const chapters = defineCollection({
  loader: file('./content/data/chapters.json'),
  schema: z.strictObject({ id: z.string(), order: z.number(), title: z.string() }),
});

/** What one system calls what the other has. An empty `same` says that there is no counterpart, and `differs` says why. */
const concepts = defineCollection({
  loader: file('./content/data/concepts.json'),
  schema: z.strictObject({
    id: z.string(),
    order: z.number(),
    kubernetes: z.string(),
    ecs: z.string(),
    same: z.string(),
    differs: z.string(),
    sources: z.array(z.url()).min(1),
    checked: z.coerce.date(),
  }),
});

/** What ages: versions, dates, what is supported. Shown by the component Fact. */
const facts = defineCollection({ loader: file('./content/data/facts.yaml'), schema: factSchema });
const quizzes = defineCollection({ loader: glob({ base: './content/data/quizzes', pattern: '*.yaml' }), schema: quizSchema });
const glossary = defineCollection({ loader: file('./content/data/glossary.yaml'), schema: glossaryEntrySchema });

/** The strings of the interface, one file a language. */
const i18n = defineCollection({ loader: i18nLoader(), schema: i18nSchema({ extend: interfaceSchema }) });

export const collections = { i18n, facts, quizzes, glossary, docs, exercises, chapters, concepts };
