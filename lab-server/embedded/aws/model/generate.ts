// Extracts the service models from the AWS SDK's clients into .cache/aws-models, so that the endpoint never loads a client. Run by set-up (lab-server/cli/extract-schemas.ts).
import { createRequire } from 'node:module';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_FOLDER } from '../../../base/index.ts';
import { extractModel, type ClientModule } from './extract.ts';

/** Service name on the wire (endpoint prefix) → SDK client package. */
export const CLIENTS: Readonly<Record<string, string>> = {
  'application-autoscaling': '@aws-sdk/client-application-auto-scaling',
  autoscaling: '@aws-sdk/client-auto-scaling',
  cloudformation: '@aws-sdk/client-cloudformation',
  ec2: '@aws-sdk/client-ec2',
  ecr: '@aws-sdk/client-ecr',
  ecs: '@aws-sdk/client-ecs',
  elasticloadbalancing: '@aws-sdk/client-elastic-load-balancing-v2',
  events: '@aws-sdk/client-eventbridge',
  iam: '@aws-sdk/client-iam',
  logs: '@aws-sdk/client-cloudwatch-logs',
  monitoring: '@aws-sdk/client-cloudwatch',
  pricing: '@aws-sdk/client-pricing',
  secretsmanager: '@aws-sdk/client-secrets-manager',
  servicediscovery: '@aws-sdk/client-servicediscovery',
  ssm: '@aws-sdk/client-ssm',
  sts: '@aws-sdk/client-sts',
  xray: '@aws-sdk/client-xray',
};

/** Where the extracted models are. */
export const MODELS_FOLDER = join(PROJECT_FOLDER, '.cache', 'aws-models');

/** Extracts every model that is missing or of another SDK version. Returns how many were made. */
export function ensureModels(folder: string = MODELS_FOLDER): number {
  const require = createRequire(import.meta.url);
  mkdirSync(folder, { recursive: true });
  let made = 0;
  for (const [service, packageName] of Object.entries(CLIENTS)) {
    const file = join(folder, `${service}.json`);
    const { version } = JSON.parse(readFileSync(join(PROJECT_FOLDER, 'node_modules', packageName, 'package.json'), 'utf8')) as {
      version: string;
    };
    const stamp = `${version} ${EXTRACTOR_VERSION}`;
    const stampFile = join(folder, `${service}.version`);
    if (existsSync(file) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) {
      continue;
    }
    const model = extractModel(service, require(packageName) as ClientModule);
    writeFileSync(file, JSON.stringify(model));
    writeFileSync(stampFile, stamp);
    made += 1;
  }
  return made;
}

/** Raised when extract.ts gives another result for the same SDK. */
const EXTRACTOR_VERSION = 1;
