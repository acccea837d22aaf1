// The API's machinery over a store in memory, for tests: real kinds, real admission, a clock that stands still.
import { ManualClock } from '../../../../lab-server/base/index.ts';
import { Admission, type AdmissionPlugin } from '../../../../lab-server/embedded/kubernetes/api/admission/admission.ts';
import { AddressRange, PortRange } from '../../../../lab-server/embedded/kubernetes/api/allocation.ts';
import { type ApiCore, DEFAULT_LIMITS, type Limits, type WriteContext } from '../../../../lab-server/embedded/kubernetes/api/core.ts';
import { KindRegistry, type Resource } from '../../../../lab-server/embedded/kubernetes/api/registry.ts';
import { CoreClient } from '../../../../lab-server/embedded/kubernetes/client.ts';
import { kinds } from '../../../../lab-server/embedded/kubernetes/resources/index.ts';
import { loadSchema } from '../../../../lab-server/embedded/kubernetes/schema/index.ts';
import { type Journal, ObjectStore } from '../../../../lab-server/embedded/kubernetes/storage/index.ts';

const schema = loadSchema();

export interface TestCore extends ApiCore {
  readonly clock: ManualClock;
  readonly client: CoreClient;
  /** Warnings that writes with `context` gave. */
  readonly warnings: string[];
  readonly context: WriteContext;
  resource(plural: string, group?: string, version?: string): Resource;
}

export function aCore(
  options: { plugins?: (store: ObjectStore) => readonly AdmissionPlugin[]; limits?: Partial<Limits>; journal?: Journal } = {},
): TestCore {
  const clock = new ManualClock();
  const registry = new KindRegistry(kinds, schema);
  const store = new ObjectStore({
    ...(options.journal && { journal: options.journal }),
    report: (error) => {
      throw error;
    },
  });
  const core: ApiCore = {
    clock,
    registry,
    schema,
    store,
    admission: new Admission(options.plugins?.(store) ?? []),
    addresses: new AddressRange('10.96.0.0/12'),
    ports: new PortRange(30_000, 32_767),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
  };
  const warnings: string[] = [];
  return {
    ...core,
    clock,
    client: new CoreClient(core, { user: 'system:admin', fieldManager: 'test' }),
    warnings,
    context: {
      user: { name: 'tester', groups: ['system:masters'] },
      fieldManager: 'test',
      dryRun: false,
      warn: (text) => warnings.push(text),
    },
    resource(plural, group = '', version = 'v1') {
      const resource = registry.find(group, version, plural);
      if (!resource) {
        throw new Error(`no kind ${plural}`);
      }
      return resource;
    },
  };
}

export function aConfigMap(name: string, data: Record<string, string> = {}, more: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', ...more }, data };
}

export function aDeployment(name: string, spec: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
      ...spec,
    },
  };
}
