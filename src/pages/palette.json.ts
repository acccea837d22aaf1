// Where the command palette can go: every lesson, exercise, quiz and tool, in English; the palette puts the language before.
import { getCollection } from 'astro:content';
import type { APIRoute } from 'astro';
import { listExercises } from '../exercises/list.ts';

export const GET: APIRoute = async () => {
  const chapters = (await getCollection('chapters')).map(({ id }) => id);
  const lessons = (await getCollection('docs')).filter(({ id }) => chapters.some((chapter) => id.startsWith(`${chapter}/`)));
  const quizzes = await getCollection('quizzes');
  const places = [
    ...lessons.map(({ id, data }) => ({ title: data.title, kind: 'Lesson', href: `/${id}/` })),
    ...(await listExercises()).map(({ entry, href }) => ({ title: entry.data.title, kind: 'Exercise', href })),
    ...quizzes.map(({ id, data }) => ({ title: `Quiz: ${data.title}`, kind: 'Quiz', href: `/quizzes/${id}/` })),
    { title: 'Exercises', kind: 'Page', href: '/exercises/' },
    { title: 'Your progress', kind: 'Page', href: '/progress/' },
    { title: 'Concept map', kind: 'Page', href: '/concepts/' },
    { title: 'Glossary', kind: 'Page', href: '/glossary/' },
    { title: 'What it costs', kind: 'Tool', href: '/tools/cost/' },
    { title: 'Kubernetes or ECS?', kind: 'Tool', href: '/tools/decide/' },
    { title: 'Certificate', kind: 'Page', href: '/certificate/' },
  ];
  return new Response(JSON.stringify(places), { headers: { 'content-type': 'application/json' } });
};
