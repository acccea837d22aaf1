// The layers of docs/architecture.md as rules: an import may only point down.
const layer = (name, path, mayUse) => ({
  name: `layer-${name}`,
  comment: `${path} may use only ${mayUse.join(', ') || 'nothing of ours'}. See docs/architecture.md.`,
  severity: 'error',
  from: { path: `^${path}` },
  to: { path: '^(src|lab-server|test)/', pathNot: [`^${path}`, ...mayUse.map((to) => `^${to}`)].join('|') },
});
const BASE = 'lab-server/base/';
const PROTOCOL = 'lab-server/protocol/';
const RUNTIME = 'lab-server/embedded/runtime/';
const KUBERNETES = 'lab-server/embedded/kubernetes/';
const AWS = 'lab-server/embedded/aws/';
const SANDBOXES = 'lab-server/sandboxes/';
const TERMINALS = 'lab-server/terminals/';
const WORKSPACES = 'lab-server/workspaces/';
const STORE = 'lab-server/store/';
const GRADING = 'lab-server/grading/';
const LABS = 'lab-server/labs/';
const PROGRESS = 'lab-server/progress/';
const TOPOLOGY = 'lab-server/topology/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    layer('base', BASE, []),
    layer('protocol', PROTOCOL, []),
    layer('runtime', RUNTIME, [BASE]),
    layer('embedded-kubernetes', KUBERNETES, [BASE, RUNTIME]),
    layer('embedded-aws', AWS, [BASE, RUNTIME]),
    layer('store', STORE, [BASE]),
    layer('terminals', TERMINALS, [BASE, PROTOCOL]),
    layer('sandboxes', SANDBOXES, [BASE, RUNTIME, KUBERNETES, AWS]),
    layer('workspaces', WORKSPACES, [BASE, PROTOCOL, TERMINALS, SANDBOXES + 'sandbox.ts']),
    layer('grading', GRADING, [BASE, PROTOCOL, STORE, SANDBOXES, WORKSPACES, TERMINALS]),
    layer('topology', TOPOLOGY, [BASE, PROTOCOL, SANDBOXES + 'sandbox.ts']),
    layer('progress', PROGRESS, [BASE, PROTOCOL, STORE, GRADING]),
    layer('labs', LABS, [BASE, PROTOCOL, STORE, SANDBOXES, WORKSPACES, TERMINALS, GRADING]),
    layer('site', 'src/', [PROTOCOL]),
    {
      name: 'only-the-composition-root-knows-http',
      severity: 'error',
      from: { path: '^lab-server/', pathNot: '^lab-server/(http/|cli/|main\\.ts)' },
      to: { path: '^lab-server/(http|cli)/' },
    },
    { name: 'sources-do-not-import-tests', severity: 'error', from: { path: '^(src|lab-server)/' }, to: { path: '^test/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'lab-server/tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
