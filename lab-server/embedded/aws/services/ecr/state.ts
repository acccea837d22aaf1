// ECR's records and their keys.
import type * as sdk from '@aws-sdk/client-ecr';
import type { Table, Tables } from '../../state/tables.ts';
import type { Timestamped } from '../service.ts';

export type Tag = Timestamped<sdk.Tag>;
export type Repository = Timestamped<sdk.Repository> & {
  tags: Tag[];
  policyText?: string;
  lifecycle?: LifecyclePolicy;
  preview?: LifecyclePreview;
};

interface LifecyclePolicy {
  text: string;
  evaluatedAt: number;
}

interface LifecyclePreview {
  text: string;
  results: { digest: string; tags: string[]; pushedAt: number; priority: number }[];
}

/** An image of a repository: its manifest as it was pushed. */
export interface StoredImage {
  repositoryName: string;
  digest: string;
  manifest: string;
  mediaType: string;
  artifactMediaType?: string;
  sizeBytes: number;
  tags: string[];
  pushedAt: number;
  /** When a task or a client last pulled it. */
  pulledAt?: number;
  scannedAt?: number;
}

export interface RegistrySettings {
  policyText?: string;
  replication: Timestamped<sdk.ReplicationConfiguration>;
  scanning: Timestamped<sdk.RegistryScanningConfiguration>;
  /** Account settings by name: BASIC_SCAN_TYPE_VERSION, REGISTRY_POLICY_SCOPE. */
  account: Record<string, string>;
}

export type PullThroughRule = Timestamped<sdk.PullThroughCacheRule>;
export type CreationTemplate = Timestamped<sdk.RepositoryCreationTemplate>;

export interface EcrTables {
  repositories: Table<Repository>;
  images: Table<StoredImage>;
  /** Layers that were uploaded, by their digest; their bytes are not kept. */
  layers: Table<{ digest: string; size: number }>;
  uploads: Table<{ size: number }>;
  registries: Table<RegistrySettings>;
  pullThroughRules: Table<PullThroughRule>;
  creationTemplates: Table<CreationTemplate>;
}

export function ecrTables(tables: Tables): EcrTables {
  return {
    repositories: tables.table('ecr.repositories'),
    images: tables.table('ecr.images'),
    layers: tables.table('ecr.layers'),
    uploads: tables.table('ecr.uploads'),
    registries: tables.table('ecr.registries'),
    pullThroughRules: tables.table('ecr.pull-through-rules'),
    creationTemplates: tables.table('ecr.creation-templates'),
  };
}

export function settingsOf(tables: Tables, key: string): RegistrySettings {
  return ecrTables(tables).registries.get(key) ?? { replication: { rules: [] }, scanning: { scanType: 'BASIC', rules: [] }, account: {} };
}
