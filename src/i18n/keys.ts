// The strings of the interface, by key: src/content/i18n/<language>.json translates them. English is complete, by test.
import english from '../content/i18n/en.json';
import { z } from 'astro/zod';

/** Every key is optional in a language: what is missing is shown in English. */
export const interfaceSchema = z.object(
  Object.fromEntries(Object.keys(english).map((key) => [key, z.string().optional()])) as Record<
    keyof typeof english,
    z.ZodOptional<z.ZodString>
  >,
);
