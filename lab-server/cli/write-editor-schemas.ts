// Writes the schemas of the editor into a folder: node lab-server/cli/write-editor-schemas.ts dist/schemas. Run by the site's build.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { composeSchema } from '../ecs-cli/compose/schema.ts';
import { ecsParamsSchema } from '../ecs-cli/compose/ecs-params.ts';
import { kubernetesSchema } from './editor-schemas/kubernetes.ts';
import { ecsRequestSchema } from './editor-schemas/task-definition.ts';

const [folder = 'dist/schemas'] = process.argv.slice(2);
const schemas = {
  kubernetes: kubernetesSchema(),
  'task-definition': ecsRequestSchema('RegisterTaskDefinitionRequest', 'ECS task definition'),
  'ecs-service': ecsRequestSchema('CreateServiceRequest', 'ECS service'),
  compose: { title: 'Compose file', ...z.toJSONSchema(composeSchema, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) },
  'ecs-params': { title: 'ecs-params.yml', ...z.toJSONSchema(ecsParamsSchema, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) },
};
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(schema));
}
