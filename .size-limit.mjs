// Budgets of a lesson before its lab is opened, for the lesson with the most text: its scripts, and everything that it loads but images.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const DIST = 'dist';
const chapters = JSON.parse(readFileSync('content/data/chapters.json', 'utf8')).map(({ id }) => id);

/** The largest built lesson, as the path of its page. */
function largestLesson() {
  const pages = chapters
    .map((chapter) => join(DIST, chapter))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name, 'index.html')))
    .filter((page) => existsSync(page));
  return pages.toSorted((a, b) => statSync(b).size - statSync(a).size)[0];
}

/** What a page's markup loads by itself: scripts with all that they import at once, styles, and the fonts of the styles. */
function loadedBy(page) {
  const html = readFileSync(page, 'utf8');
  const files = (pattern, text) => [...text.matchAll(pattern)].map(([, path]) => path);
  const scripts = new Set();
  const follow = (path) => {
    if (scripts.has(path)) {
      return;
    }
    scripts.add(path);
    const text = readFileSync(path, 'utf8');
    const atOnce = files(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g, text);
    // The search fetches its interface as soon as the page is idle; what else is imported later waits for the reader.
    const idle = files(/\bimport\(\s*["'`]\.\/(ui-core[^"'`]+\.js)["'`]/g, text);
    [...atOnce, ...idle].forEach((name) => follow(join(DIST, '_astro', name)));
  };
  files(/<script[^>]+src="(\/_astro\/[^"]+\.js)"/g, html).forEach((path) => follow(join(DIST, path)));
  const styles = files(/<link rel="stylesheet" href="(\/_astro\/[^"]+\.css)"/g, html).map((path) => join(DIST, path));
  const fonts = styles
    .flatMap((style) => files(/url\((\/_astro\/[^)]+\.woff2)\)/g, readFileSync(style, 'utf8')))
    .map((path) => join(DIST, path));
  return { scripts: [...scripts], rest: [page, ...styles, ...new Set(fonts)] };
}

const lesson = largestLesson();
const { scripts, rest } = loadedBy(lesson);

export default [
  { name: `${lesson}: scripts`, path: scripts, limit: '60 kB', gzip: true },
  { name: `${lesson}: everything without images`, path: [...scripts, ...rest], limit: '150 kB', gzip: true },
];
