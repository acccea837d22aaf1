// Vite plugin: the stylesheets of the editor and the terminal come with their scripts. Astro would link the styles of every script that a
// page may ever load into that page's head; a lesson whose lab is not open needs none of these.

const LAZY_PACKAGES = /\/node_modules\/(?:monaco-editor|@xterm\/xterm)\//;
const PREFIX = '\0lazy-style:';

export function lazyStyles() {
  return {
    name: 'dockside-lazy-styles',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (!source.endsWith('.css') || source.startsWith(PREFIX)) {
        return undefined;
      }
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
      return resolved && LAZY_PACKAGES.test(resolved.id) ? `${PREFIX}${resolved.id}.js` : undefined;
    },
    load(id) {
      if (!id.startsWith(PREFIX)) {
        return undefined;
      }
      const file = id.slice(PREFIX.length, -'.js'.length);
      return [
        `import css from ${JSON.stringify(`${file}?inline`)};`,
        `const style = document.createElement('style');`,
        `style.textContent = css;`,
        `document.head.append(style);`,
      ].join('\n');
    },
  };
}
