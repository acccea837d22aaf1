import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conform } from '../../../../lab-server/embedded/kubernetes/api/decode/conform.ts';
import { isApiError } from '../../../../lab-server/embedded/kubernetes/api/errors.ts';
import {
  difference,
  type FieldTree,
  intersection,
  isEmptyTree,
  paths,
  union,
} from '../../../../lab-server/embedded/kubernetes/api/managed-fields/field-tree.ts';
import {
  applyConfiguration,
  type ManagedFieldsEntry,
  managersAfterUpdate,
  type Writer,
} from '../../../../lab-server/embedded/kubernetes/api/managed-fields/managers.ts';
import { loadSchema } from '../../../../lab-server/embedded/kubernetes/schema/index.ts';

const type = loadSchema().model('V1Deployment');

function writer(manager: string, more: Partial<Writer> = {}): Writer {
  return { manager, apiVersion: 'apps/v1', subresource: undefined, now: Date.UTC(2026, 0, 1), ignored: ['status'], ...more };
}

function deployment(spec: object, metadata: object = {}): Record<string, unknown> {
  return conform(type, { metadata: { name: 'web', ...metadata }, spec });
}

const empty = conform(type, {});
const template = { spec: { containers: [{ name: 'nginx', image: 'nginx', ports: [{ containerPort: 80, protocol: 'TCP' }] }] } };

function ownedBy(entries: readonly ManagedFieldsEntry[], manager: string): string[] {
  const entry = entries.find((one) => one.manager === manager);
  return entry ? [...paths(entry.fieldsV1)].map((path) => path.join(' ')) : [];
}

describe('field owners', () => {
  it('are those who create, with every field they gave', () => {
    const [entry] = managersAfterUpdate(
      type,
      [],
      empty,
      deployment({ replicas: 3, template }, { labels: { app: 'web' } }),
      writer('kubectl-create'),
    );
    expect(entry).toEqual({
      manager: 'kubectl-create',
      operation: 'Update',
      apiVersion: 'apps/v1',
      time: '2026-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
        'f:spec': {
          'f:replicas': {},
          'f:template': {
            'f:spec': {
              'f:containers': {
                'k:{"name":"nginx"}': {
                  '.': {},
                  'f:image': {},
                  'f:name': {},
                  'f:ports': { '.': {}, 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} } },
                  'f:resources': {},
                },
              },
            },
          },
        },
      },
    });
  });

  it('change with the field', () => {
    const before = deployment({ replicas: 3, template });
    const created = managersAfterUpdate(type, [], empty, before, writer('creator'));
    const after = managersAfterUpdate(
      type,
      created,
      before,
      deployment({ replicas: 5, template }),
      writer('scaler', { subresource: 'scale' }),
    );
    expect(ownedBy(after, 'scaler')).toEqual(['f:spec f:replicas']);
    expect(ownedBy(after, 'creator')).not.toContain('f:spec f:replicas');
  });

  it('lose what is removed', () => {
    const before = deployment({ replicas: 3, template }, { labels: { a: '1', b: '2' } });
    const created = managersAfterUpdate(type, [], empty, before, writer('creator'));
    const after = managersAfterUpdate(
      type,
      created,
      before,
      deployment({ replicas: 3, template }, { labels: { a: '1' } }),
      writer('other'),
    );
    expect(ownedBy(after, 'creator')).not.toContain('f:metadata f:labels f:b');
    expect(ownedBy(after, 'other')).toEqual([]);
  });

  it('stay within a bounded number of entries', () => {
    let entries: ManagedFieldsEntry[] = [];
    let before = empty;
    for (let index = 0; index < 20; index += 1) {
      const after = deployment(
        { template },
        { labels: Object.fromEntries(Array.from({ length: index + 1 }, (_, number) => [`l${number}`, 'x'])) },
      );
      entries = managersAfterUpdate(type, entries, before, after, writer(`m${index}`, { now: index * 1000 }));
      before = after;
    }
    expect(entries.length).toBeLessThanOrEqual(10);
    expect(entries.map(({ manager }) => manager)).toContain('ancient-changes');
  });
});

describe('server-side apply', () => {
  const applied = (config: object): Record<string, unknown> => config as Record<string, unknown>;

  it('owns what the configuration names and nothing else', () => {
    const { object, entries } = applyConfiguration(
      type,
      [],
      empty,
      applied({ metadata: { name: 'web' }, spec: { replicas: 2 } }),
      writer('me'),
      false,
    );
    expect((object.spec as { replicas: number }).replicas).toBe(2);
    expect(ownedBy(entries, 'me')).toEqual(['f:spec f:replicas']);
  });

  it('takes away what it named before and no longer does', () => {
    const first = applyConfiguration(type, [], empty, applied({ metadata: { labels: { a: '1', b: '2' } } }), writer('me'), false);
    const second = applyConfiguration(
      type,
      first.entries,
      first.object,
      applied({ metadata: { labels: { a: '1' } } }),
      writer('me'),
      false,
    );
    expect(second.object.metadata).toEqual({ labels: { a: '1' } });
  });

  it('leaves what somebody else has come to own too', () => {
    const mine = applyConfiguration(type, [], empty, applied({ metadata: { labels: { a: '1' } } }), writer('me'), false);
    const shared = applyConfiguration(type, mine.entries, mine.object, applied({ metadata: { labels: { a: '1' } } }), writer('you'), false);
    const left = applyConfiguration(type, shared.entries, shared.object, applied({ metadata: {} }), writer('me'), false);
    expect(left.object.metadata).toEqual({ labels: { a: '1' } });
    expect(left.entries.map(({ manager }) => manager)).toEqual(['you']);
  });

  it('conflicts over a field that another manager owns, and says which', () => {
    const live = deployment({ replicas: 3, template });
    const entries = managersAfterUpdate(type, [], empty, live, writer('kubectl-client-side-apply'));
    const apply = (force: boolean) => applyConfiguration(type, entries, live, applied({ spec: { replicas: 5 } }), writer('me'), force);
    let thrown: unknown;
    try {
      apply(false);
    } catch (error) {
      thrown = error;
    }
    expect(isApiError(thrown, 'Conflict')).toBe(true);
    expect((thrown as Error).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
    );
    const forced = apply(true);
    expect(ownedBy(forced.entries, 'me')).toEqual(['f:spec f:replicas']);
    expect(ownedBy(forced.entries, 'kubectl-client-side-apply')).not.toContain('f:spec f:replicas');
  });

  it('lists several conflicts by their manager', () => {
    const live = deployment({ replicas: 3, paused: true, template });
    const entries = managersAfterUpdate(type, [], empty, live, writer('a'));
    expect(() =>
      applyConfiguration(
        type,
        entries,
        live,
        applied({
          spec: {
            replicas: 5,
            minReadySeconds: 3,
            paused: false,
            revisionHistoryLimit: 1,
            template: { spec: { containers: [{ name: 'nginx', image: 'other' }] } },
          },
        }),
        writer('me'),
        false,
      ),
    ).toThrow(
      'Apply failed with 3 conflicts: conflicts with "a" using apps/v1:\n- .spec.paused\n- .spec.replicas\n- .spec.template.spec.containers[name="nginx"].image',
    );
  });

  it('merges lists by their keys and keeps what others have in them', () => {
    const live = deployment({ template: { spec: { containers: [{ name: 'sidecar', image: 's' }] } } });
    const { object } = applyConfiguration(
      type,
      [],
      live,
      applied({ spec: { template: { spec: { containers: [{ name: 'web', image: 'w' }] } } } }),
      writer('me'),
      false,
    );
    const containers = (object.spec as { template: { spec: { containers: { name: string }[] } } }).template.spec.containers;
    expect(containers.map(({ name }) => name)).toEqual(['web', 'sidecar']);
  });

  it('applied again changes nothing, not even a time', () => {
    const config = applied({ spec: { replicas: 2, template } });
    const first = applyConfiguration(type, [], empty, config, writer('me'), false);
    const second = applyConfiguration(type, first.entries, first.object, config, writer('me', { now: 99_000_000 }), false);
    expect(second).toEqual(first);
  });
});

describe('sets of fields', () => {
  const tree: fc.Arbitrary<FieldTree> = fc
    .letrec<{ tree: FieldTree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        fc.constant({}),
        fc
          .dictionary(fc.constantFrom('f:a', 'f:b', 'f:c', '.'), tie('tree'), { maxKeys: 3 })
          .map((one) => ('.' in one ? { ...one, '.': {} } : one)),
      ),
    }))
    .tree.map((one) => {
      const { '.': _, ...root } = one;
      return root;
    });
  const set = (one: FieldTree): Set<string> => new Set([...paths(one)].map((path) => path.join(' ')));

  it('behave as sets', () => {
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        expect(set(union(a, b))).toEqual(new Set([...set(a), ...set(b)]));
        expect(set(difference(a, b))).toEqual(new Set([...set(a)].filter((path) => !set(b).has(path))));
        expect(set(intersection(a, b))).toEqual(new Set([...set(a)].filter((path) => set(b).has(path))));
        expect(isEmptyTree(difference(a, a))).toBe(true);
      }),
    );
  });
});
