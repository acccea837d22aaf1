// Expressive Code plugin: a code block marked `run` gets a button that types it into the lab's terminal, one marked `edit`
// a button that opens its file in the lab's editor. `run="second"` asks for a second terminal, for commands that keep running.
import { definePlugin } from '@astrojs/starlight/expressive-code';
import { h, select } from '@astrojs/starlight/expressive-code/hast';

const LABELS = { en: { run: 'Run', edit: 'Edit' }, de: { run: 'Ausführen', edit: 'Bearbeiten' } };

/** The label and the attributes that src/lab/lesson.ts reads, or undefined for a block that only shows something. */
function actionOf(codeBlock) {
  const { metaOptions, code, locale = 'en' } = codeBlock;
  const labels = LABELS[locale.slice(0, 2)] ?? LABELS.en;
  const run = metaOptions.getString('run') ?? metaOptions.getBoolean('run');
  if (run) {
    return { label: labels.run, attributes: { 'data-run': code, 'data-terminal': run === true ? 'first' : run } };
  }
  const path = metaOptions.getBoolean('edit') ? metaOptions.getString('title') : undefined;
  return path ? { label: labels.edit, attributes: { 'data-edit': path, 'data-content': code } } : undefined;
}

export function labActions() {
  return definePlugin({
    name: 'dockside-lab-actions',
    hooks: {
      postprocessRenderedBlockGroup({ renderedGroupContents, renderData }) {
        for (const { codeBlock } of renderedGroupContents) {
          const action = actionOf(codeBlock);
          const figure = select('figure', renderData.groupAst);
          if (action && figure) {
            figure.properties.className = [...(figure.properties.className ?? []), 'has-action'];
            figure.children.push(h('button.lab-action', { type: 'button', hidden: true, ...action.attributes }, [action.label]));
          }
        }
      },
    },
  });
}
