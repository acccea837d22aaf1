// volumeattachments: a volume wanted on a node.
import type * as models from '@kubernetes/client-node';
import type { Stored } from '../../types.ts';
import { required } from '../../validation/field-errors.ts';
import { validateImmutable } from '../../validation/object-meta.ts';
import { checkedKind } from '../checked-kind.ts';
import { ageColumn, booleanColumn, nameColumn, textColumn } from '../columns.ts';

export type VolumeAttachment = Stored<models.V1VolumeAttachment>;

export const volumeattachments = checkedKind<VolumeAttachment>(
  {
    group: 'storage.k8s.io',
    version: 'v1',
    kind: 'VolumeAttachment',
    plural: 'volumeattachments',
    singular: 'volumeattachment',
    namespaced: false,
    model: 'V1VolumeAttachment',
    subresources: { status: true },
    hasGeneration: false,
    columns: [
      nameColumn(),
      textColumn('Attacher', (attachment) => attachment.spec?.attacher ?? '', { format: 'name' }),
      textColumn('PV', (attachment) => attachment.spec?.source?.persistentVolumeName ?? ''),
      textColumn('Node', (attachment) => attachment.spec?.nodeName ?? ''),
      booleanColumn('Attached', (attachment) => attachment.status?.attached ?? false),
      ageColumn(),
    ],
    prepareForCreate(attachment) {
      attachment.status = { attached: false };
    },
    prepareForUpdate(attachment, old) {
      attachment.status = old.status ?? { attached: false };
    },
  },
  {
    validate: ({ spec }) => [
      ...(spec?.attacher ? [] : [required('spec.attacher')]),
      ...(spec?.nodeName ? [] : [required('spec.nodeName')]),
      ...(spec?.source?.persistentVolumeName || spec?.source?.inlineVolumeSpec
        ? []
        : [required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName')]),
    ],
    validateChange: (attachment, old) => validateImmutable(attachment.spec, old.spec, 'spec'),
  },
);
