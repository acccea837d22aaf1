// The site: lessons in MDX through Starlight, with Dockside's own look over it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';
import { labActions } from './src/build/lab-actions.mjs';
import { editorSchemas } from './src/build/editor-schemas.mjs';
import { lazyStyles } from './src/build/lazy-styles.mjs';
import { precompress } from './src/build/precompress.mjs';
import { codeThemes } from './src/build/themes.mjs';

const german = JSON.parse(readFileSync(new URL('./src/content/i18n/de.json', import.meta.url), 'utf8'));
const chapters = JSON.parse(readFileSync(new URL('./content/data/chapters.json', import.meta.url), 'utf8'));

/** The lessons of a chapter, by the order in their heads and then by file name. A chapter without lessons is not listed. */
function lessonsOf(chapter) {
  try {
    const folder = new URL(`./content/lessons/${chapter.id}/`, import.meta.url);
    const orderOf = (name) => Number(/^sidebar:\n {2}order: (\d+)$/m.exec(readFileSync(new URL(name, folder), 'utf8'))?.[1] ?? 1000);
    return readdirSync(folder)
      .filter((name) => name.endsWith('.mdx'))
      .toSorted()
      .toSorted((one, other) => orderOf(one) - orderOf(other))
      .map((name) => ({ slug: `${chapter.id}/${name.replace(/\.mdx$/, '')}` }));
  } catch {
    return [];
  }
}

/** The quiz of a chapter, where it has one. */
function quizOf(chapter) {
  const file = new URL(`./content/data/quizzes/${chapter.id}.yaml`, import.meta.url);
  return existsSync(file) ? [{ label: 'Quiz', link: `/quizzes/${chapter.id}/` }] : [];
}

const override = (name) => `./src/components/overrides/${name}.astro`;

/**
 * Runs before the first paint: a lab that stood open is open again with its own width, so nothing jumps. The keys are those of
 * src/lab/preferences.ts.
 */
const restoreLab = `try {
  if (localStorage.getItem('dockside.open:' + location.pathname)) {
    document.documentElement.dataset.lab = 'open';
    const { dock } = JSON.parse(localStorage.getItem('dockside.lab') || '{}');
    if (dock > 0) document.documentElement.style.setProperty('--lab-width', dock + 'vw');
  }
} catch {}`;

export default defineConfig({
  trailingSlash: 'always',
  devToolbar: { enabled: false },
  server: { host: '127.0.0.1' },
  vite: {
    plugins: [lazyStyles()],
    // The lab server answers /api; in `astro dev` it runs beside this server.
    server: { proxy: { '/api': { target: 'http://127.0.0.1:4321', ws: true } } },
    worker: { format: 'es' },
    // monaco-yaml asks for the editor's worker by the path it had before the package listed what it offers.
    resolve: { alias: [{ find: /^monaco-editor\/esm\/vs\/(.+\.js)$/, replacement: 'monaco-editor/$1' }] },
    build: { chunkSizeWarningLimit: 4_000 },
  },
  integrations: [
    editorSchemas(),
    precompress(),
    starlight({
      title: 'Dockside',
      description: 'Learn Kubernetes and Amazon ECS side by side, with a live lab beside every lesson.',
      favicon: '/favicon.svg',
      head: [{ tag: 'script', content: restoreLab }],
      credits: false,
      // Asides (:::note) work where Starlight is told that its own Markdown is.
      markdown: { processedDirs: ['./content/lessons'], headingLinks: false },
      // Lessons in German stand in content/lessons/de; what is not translated is shown in English, and says so.
      defaultLocale: 'root',
      locales: { root: { label: 'English', lang: 'en' }, de: { label: 'Deutsch', lang: 'de' } },
      customCss: [
        './src/styles/tokens.css',
        './src/styles/starlight.css',
        './src/styles/code.css',
        './src/styles/lab.css',
        './src/styles/lab-topology.css',
        './src/styles/lab-exercise.css',
        './src/styles/lab-twin.css',
        './src/styles/palette.css',
        './src/styles/print.css',
      ],
      components: {
        Head: override('Head'),
        Hero: override('Hero'),
        PageFrame: override('PageFrame'),
        PageSidebar: override('PageSidebar'),
        PageTitle: override('PageTitle'),
        SiteTitle: override('SiteTitle'),
        SocialIcons: override('SocialIcons'),
      },
      sidebar: [
        ...chapters
          .map((chapter) => ({
            label: chapter.title,
            translations: { de: german[`chapter.${chapter.id}`] },
            // Only the chapter that one reads stands open.
            collapsed: true,
            items: [...lessonsOf(chapter), ...quizOf(chapter)],
          }))
          .filter((group) => group.items.length > 0),
        {
          label: 'Practice and tools',
          translations: { de: german['tools.title'] },
          items: [
            { label: 'Exercises', translations: { de: 'Übungen' }, link: '/exercises/' },
            { label: 'Your progress', translations: { de: 'Dein Fortschritt' }, link: '/progress/' },
            { label: 'Concept map', translations: { de: 'Begriffe im Vergleich' }, link: '/concepts/' },
            { label: 'Glossary', translations: { de: 'Glossar' }, link: '/glossary/' },
            { label: 'What it costs', translations: { de: 'Was es kostet' }, link: '/tools/cost/' },
            { label: 'Kubernetes or ECS?', translations: { de: 'Kubernetes oder ECS?' }, link: '/tools/decide/' },
          ],
        },
      ],
      expressiveCode: {
        themes: codeThemes,
        plugins: [labActions()],
        // Starlight would look for the language below src/content/docs, where no lesson stands.
        getBlockLocale: ({ file }) => /\/content\/lessons\/([a-z]{2})\//.exec(file.path)?.[1] ?? 'en',
        defaultProps: { overridesByLang: { sh: { frame: 'none', wrap: true }, text: { frame: 'none' } } },
        styleOverrides: {
          borderRadius: 'var(--radius)',
          borderColor: 'var(--line)',
          codeFontFamily: 'var(--font-mono)',
          codeFontSize: 'var(--text-1)',
          codeLineHeight: '1.6',
          uiFontFamily: 'var(--font-sans)',
          uiFontSize: 'var(--text-1)',
          frames: { shadowColor: 'transparent' },
        },
      },
    }),
  ],
});
