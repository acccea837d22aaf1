import { describe, expect, it } from 'vitest';
import { fieldsByNumber, loadDescriptions, loadSchema } from '../../../../lab-server/embedded/kubernetes/schema/index.ts';
import { ENUMS } from '../../../../lab-server/embedded/kubernetes/schema/enums.ts';
import { LIST_RULES, PATCH_ONLY_RULES } from '../../../../lab-server/embedded/kubernetes/schema/merge-rules.ts';
import * as goTypes from '../../../../lab-server/embedded/kubernetes/schema/go-types.ts';
import { extractSchema } from '../../../../lab-server/embedded/kubernetes/schema/extract.ts';

const schema = loadSchema();
const { structure } = extractSchema();
const fieldNames = new Map<string, Set<string>>();
for (const [model, { fields }] of Object.entries(structure.models)) {
  const name = model.replace(/^([A-Z][a-z]+)?V\d+(?=[A-Z])/, '');
  fieldNames.set(name, new Set([...(fieldNames.get(name) ?? []), ...Object.keys(fields)]));
}

describe('the schema', () => {
  it('knows the type of every field of a deployment', () => {
    const fields = schema.model('V1DeploymentSpec').fields;
    expect(fields.get('replicas')?.type).toEqual({ kind: 'scalar', scalar: 'int32' });
    expect(fields.get('template')?.type.kind).toBe('struct');
    expect(schema.model('V1ResourceRequirements').fields.get('limits')?.type).toMatchObject({
      kind: 'map',
      values: { scalar: 'quantity' },
    });
  });

  it('knows by what lists merge', () => {
    const containers = schema.model('V1PodSpec').fields.get('containers');
    expect(containers).toMatchObject({ patchMergeKey: 'name', patchStrategy: 'merge' });
    expect(containers?.type).toMatchObject({ kind: 'list', rule: { list: 'map', keys: ['name'] } });
    expect(schema.model('V1Container').fields.get('command')?.type).toMatchObject({ kind: 'list', rule: undefined });
  });

  it('refers to nothing that it does not have', () => {
    const missing = Object.values(structure.models)
      .flatMap(({ fields }) => Object.values(fields))
      .map((text) => /#(\w+)/.exec(text)?.[1])
      .filter((model) => model !== undefined && !schema.has(model));
    expect(missing).toEqual([]);
  });

  it('describes fields that hold objects, too', () => {
    expect(loadDescriptions().V1DeploymentSpec?.strategy).toMatch(/strategy/);
  });

  it('says what each value of an enum means', () => {
    expect(loadDescriptions().V1HTTPGetAction?.scheme).toMatch(/Possible enum values:\n - `"HTTP"` means that the scheme/);
  });

  it.each([['merge rules', LIST_RULES], ['patch rules', PATCH_ONLY_RULES], ['enums', ENUMS], ...Object.entries(goTypes)])(
    'names only fields that exist in its %s',
    (_, table) => {
      const unknown = Object.entries(table as Record<string, object>).flatMap(([type, fields]) =>
        (Array.isArray(fields) ? (fields as string[]) : Object.keys(fields))
          .filter((name) => !fieldNames.get(type)?.has(name))
          .map((name) => `${type}.${name}`),
      );
      expect(unknown).toEqual([]);
    },
  );

  it('numbers only fields that exist', () => {
    const unknown = Object.entries(structure.models).flatMap(([model, { fields }]) =>
      [...(fieldsByNumber(model)?.values() ?? [])]
        .filter((field) => !('embedded' in field ? fieldsByNumber(field.embedded) : field.name in fields))
        .map((field) => `${model} ${JSON.stringify(field)}`),
    );
    expect(unknown).toEqual([]);
  });
});
