// nodes: machines that run pods.
import type { Node } from '../../types.ts';
import { duplicate, invalid, invalidFor, forbidden, required } from '../../validation/field-errors.ts';
import { inGoForm, type Shape } from '../../validation/go-form.ts';
import { subdomainName, validateObjectMeta, validateObjectMetaUpdate } from '../../validation/object-meta.ts';
import { validateTaintEffect } from '../../validation/scheduling.ts';
import { labelValue, qualifiedName } from '../../values/names.ts';
import { sameValue } from '../../values/same.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError, KindDefinition } from '../kind.ts';
import { canonicalizeQuantities } from '../pod-defaults.ts';

type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number];

const rolePrefix = 'node-role.kubernetes.io/';

export const nodes: KindDefinition<Node> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  model: 'V1Node',
  subresources: { status: true },
  hasGeneration: false,
  columns: [
    nameColumn(),
    textColumn('Status', nodeStatus),
    textColumn('Roles', nodeRoles),
    ageColumn(),
    textColumn('Version', (node) => node.status?.nodeInfo?.kubeletVersion ?? ''),
    textColumn('Internal-IP', (node) => address(node, 'InternalIP'), { wide: true }),
    textColumn('External-IP', (node) => address(node, 'ExternalIP'), { wide: true }),
    textColumn('OS-Image', (node) => node.status?.nodeInfo?.osImage || '<unknown>', { wide: true }),
    textColumn('Kernel-Version', kernel, { wide: true }),
    textColumn('Container-Runtime', (node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>', { wide: true }),
  ],
  setDefaults(node) {
    canonicalizeQuantities(node.status?.capacity);
    canonicalizeQuantities(node.status?.allocatable);
    if (node.status) {
      node.status.allocatable ??= node.status.capacity && { ...node.status.capacity };
    }
  },
  prepareForUpdate(node, old) {
    if (old.status) {
      node.status = old.status;
    }
  },
  validateCreate: (node) => [
    ...validateObjectMeta(node.metadata, false, subdomainName),
    ...validateTaints(node.spec?.taints ?? [], 'metadata.taints'),
  ],
  validateUpdate(node, old) {
    const errors = validateObjectMetaUpdate(node.metadata, old.metadata);
    if (old.spec?.podCIDRs?.length && !sameValue(node.spec?.podCIDRs, old.spec.podCIDRs)) {
      errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
    }
    if (old.spec?.providerID && node.spec?.providerID !== old.spec.providerID) {
      errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
    }
    return [...errors, ...validateTaints(node.spec?.taints ?? [], 'metadata.taints')];
  },
  selectableFields: (node) => ({ 'spec.unschedulable': String(node.spec?.unschedulable ?? false) }),
};

function nodeStatus(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const status = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}

function nodeRoles(node: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) {
      roles.add(key.slice(rolePrefix.length));
    } else if (key === 'kubernetes.io/role' && value) {
      roles.add(value);
    }
  }
  return roles.size === 0 ? '<none>' : [...roles].toSorted().join(',');
}

function address(node: Node, type: string): string {
  return node.status?.addresses?.find((one) => one.type === type)?.address ?? '<none>';
}

/** `6.1.0 (amd64)` since Kubernetes 1.36. */
function kernel(node: Node): string {
  const { kernelVersion, architecture } = node.status?.nodeInfo ?? {};
  if (!kernelVersion) {
    return '<unknown>';
  }
  return architecture ? `${kernelVersion} (${architecture})` : kernelVersion;
}

const internalTaint: Shape = { Key: '""', Value: '""', Effect: '""', TimeAdded: 'null' };

function validateTaints(taints: readonly Taint[], path: string): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, index) => {
    const at = `${path}[${index}]`;
    const errors = invalidFor(`${at}.key`, taint.key ?? '', qualifiedName(taint.key ?? ''));
    const problems = labelValue(taint.value ?? '');
    if (problems.length > 0) {
      errors.push(invalid(`${at}.value`, taint.value, problems.join(';')));
    }
    errors.push(...(taint.effect ? validateTaintEffect(taint.effect, `${at}.effect`) : [required(`${at}.effect`)]));
    const pair = `${taint.effect}/${taint.key}`;
    if (seen.has(pair)) {
      const twice = duplicate(at, inGoForm(taint, internalTaint));
      errors.push({ ...twice, message: `${twice.message}: taints must be unique by key and effect pair` });
    }
    seen.add(pair);
    return errors;
  });
}
