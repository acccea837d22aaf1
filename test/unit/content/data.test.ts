// content/data: facts that have not expired, exercises of the right size, quizzes that can be answered, names that exist.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { factSchema, glossaryEntrySchema, quizSchema } from '../../../src/content-schemas.ts';

const content = new URL('../../../content/', import.meta.url).pathname;
const yaml = (path: string): unknown => parse(readFileSync(join(content, path), 'utf8'));
const facts = z.array(factSchema).parse(yaml('data/facts.yaml'));
const lessons = readdirSync(join(content, 'lessons'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.mdx'));
const chapters = z.array(z.object({ id: z.string() })).parse(JSON.parse(readFileSync(join(content, 'data/chapters.json'), 'utf8')));

const hasLesson = (lesson: string): boolean => existsSync(join(content, 'lessons', `${lesson}.mdx`));

describe('facts', () => {
  it('are still fresh; docs/authoring.md says how to renew one', () => {
    const expired = facts
      .filter((fact) => fact.expires.getTime() <= Date.now())
      .map((fact) => `${fact.id} expired on ${fact.expires.toISOString().slice(0, 10)}: read ${fact.source.url} again`);
    expect(expired).toEqual([]);
  });

  it('were checked before they expire, and not in the future', () => {
    const wrong = facts.filter((fact) => fact.checked >= fact.expires || fact.checked.getTime() > Date.now());
    expect(wrong.map((fact) => fact.id)).toEqual([]);
  });

  it('have names of their own', () => {
    const names = facts.map((fact) => fact.id);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('that lessons show exist', () => {
    const shown = lessons.flatMap((file) =>
      [...readFileSync(join(content, 'lessons', file), 'utf8').matchAll(/<Fact id="([^"]*)"/g)].map(
        (match) => `${file}: ${match[1] ?? ''}`,
      ),
    );
    const names = new Set(facts.map((fact) => fact.id));
    expect(shown.filter((one) => !names.has(one.split(': ')[1] ?? ''))).toEqual([]);
  });
});

describe('exercises', () => {
  const folders = readdirSync(join(content, 'exercises'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const shape = z.object({ objectives: z.array(z.object({ id: z.string(), hints: z.array(z.string()).default([]) })) });

  it.each(folders.map(({ name }) => name))('%s has three to eight objectives, and a hint to each', (slug) => {
    const { objectives } = shape.parse(yaml(`exercises/${slug}/exercise.yaml`));
    expect(objectives.length).toBeGreaterThanOrEqual(3);
    expect(objectives.length).toBeLessThanOrEqual(8);
    expect(objectives.filter(({ hints }) => hints.length === 0).map(({ id }) => id)).toEqual([]);
  });
});

describe('quizzes', () => {
  const files = readdirSync(join(content, 'data/quizzes'));

  it('are there for every chapter', () => {
    expect(files.toSorted()).toEqual(chapters.map((chapter) => `${chapter.id}.yaml`).toSorted());
  });

  it.each(files)('%s has answers, wrong choices with reasons, and lessons that exist', (file) => {
    const quiz = quizSchema.parse(yaml(`data/quizzes/${file}`));
    expect(`${quiz.id}.yaml`).toBe(file);
    const allRight = quiz.questions.filter((question) => question.choices.every((choice) => choice.right)).map((question) => question.id);
    expect(allRight).toEqual([]);
    const missing = quiz.questions.map((question) => question.lesson).filter((lesson) => lesson !== undefined && !hasLesson(lesson));
    expect(missing).toEqual([]);
    const ids = quiz.questions.map((question) => question.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the glossary', () => {
  it('has each term once, and lessons that exist', () => {
    const entries = z.array(glossaryEntrySchema).parse(yaml('data/glossary.yaml'));
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length);
    expect(entries.map((entry) => entry.lesson).filter((lesson) => lesson !== undefined && !hasLesson(lesson))).toEqual([]);
  });
});
