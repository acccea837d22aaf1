import { describe, expect, it } from 'vitest';
import { kubernetesSchema } from '../../../lab-server/cli/editor-schemas/kubernetes.ts';
import { ecsRequestSchema } from '../../../lab-server/cli/editor-schemas/task-definition.ts';

interface Schema {
  [key: string]: unknown;
  properties?: Record<string, Schema>;
}
interface Root extends Schema {
  definitions: Record<string, Schema>;
}

describe('the editor’s schema of manifests', () => {
  const schema = kubernetesSchema() as Root & { allOf: { if: Schema; then: { $ref: string } }[] };

  it('has every kind that the API server serves, chosen by apiVersion and kind', () => {
    const chosen = schema.allOf.map(
      ({ if: { properties } }) => `${String(properties?.apiVersion?.const)} ${String(properties?.kind?.const)}`,
    );
    expect(chosen).toEqual(
      expect.arrayContaining(['apps/v1 Deployment', 'v1 Service', 'networking.k8s.io/v1 Ingress', 'batch/v1 CronJob']),
    );
    for (const { then } of schema.allOf) {
      expect(schema.definitions).toHaveProperty([then.$ref.replace('#/definitions/', '')]);
    }
  });

  it('explains fields, knows their values, and refuses fields that nobody knows', () => {
    const service = schema.definitions['io.k8s.api.core.v1.ServiceSpec'];
    expect(service?.properties?.type?.enum).toContain('LoadBalancer');
    expect(service?.properties?.type?.description).toContain('ClusterIP');
    expect(service?.additionalProperties).toBe(false);
    expect(schema.definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toMatchObject({ type: ['integer', 'string'] });
    expect(schema.definitions['io.k8s.apimachinery.pkg.api.resource.Quantity']).toMatchObject({ type: ['string', 'number'] });
  });
});

describe('the editor’s schema of task definitions', () => {
  const schema = ecsRequestSchema('RegisterTaskDefinitionRequest', 'ECS task definition') as Root;

  it('demands what ECS demands, and knows the values of a field', () => {
    const task = schema.definitions.RegisterTaskDefinitionRequest;
    expect(task?.required).toEqual(['family', 'containerDefinitions']);
    expect(task?.properties?.networkMode).toMatchObject({ enum: ['awsvpc', 'bridge', 'host', 'none'] });
    expect(task?.properties?.family?.description).toContain('You must specify a `family`');
  });

  it('describes everything that a container may have', () => {
    const container = schema.definitions.ContainerDefinition;
    expect(container?.properties?.environment).toMatchObject({ type: 'array', items: { $ref: '#/definitions/KeyValuePair' } });
    expect(container?.properties?.dockerLabels).toMatchObject({ type: 'object', additionalProperties: { type: 'string' } });
    expect(container?.additionalProperties).toBe(false);
  });
});
