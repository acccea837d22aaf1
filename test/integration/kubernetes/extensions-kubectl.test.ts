// What extends the API, through the real kubectl: admission policies, webhooks, custom resources.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubectlStand, hasKubectl } from './kubectl-stand.ts';

const ADMISSION = 'admissionregistration.k8s.io/v1';

function aPolicy(name: string, spec: object): object {
  const matchConstraints = {
    resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] }],
  };
  return { apiVersion: ADMISSION, kind: 'ValidatingAdmissionPolicy', metadata: { name }, spec: { matchConstraints, ...spec } };
}

function aBinding(policyName: string, spec: object = {}): object {
  const name = `${policyName}-binding`;
  return {
    apiVersion: ADMISSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName, validationActions: ['Deny'], ...spec },
  };
}

function aWebhook(kind: 'Mutating' | 'Validating', failurePolicy: string, label: string): object {
  const webhook = {
    name: 'check.example.com',
    failurePolicy,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    objectSelector: { matchLabels: { hooked: label } },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
    clientConfig: { service: { name: 'hook', namespace: 'default', path: '/check' } },
  };
  return { apiVersion: ADMISSION, kind: `${kind}WebhookConfiguration`, metadata: { name: `${label}-hook` }, webhooks: [webhook] };
}

const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' },
        },
        additionalPrinterColumns: [
          { name: 'Size', type: 'string', jsonPath: '.spec.size' },
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['replicas'],
                properties: {
                  size: { type: 'string', enum: ['small', 'large'], default: 'small' },
                  replicas: { type: 'integer', minimum: 0, maximum: 10 },
                  memory: { type: 'string' },
                  zone: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'zone is immutable' }] },
                },
                'x-kubernetes-validations': [
                  {
                    rule: "self.size == 'large' || self.replicas < 5",
                    messageExpression: "'a small widget has fewer than 5 replicas, not ' + string(self.replicas)",
                  },
                  { rule: "!has(self.memory) || quantity(self.memory).isLessThan(quantity('1Gi'))", message: 'memory must be below 1Gi' },
                ],
              },
              status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
};

function aWidget(name: string, spec: object): object {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec };
}

describe.skipIf(!hasKubectl())('extensions of the API, through kubectl', () => {
  let stand: KubectlStand;
  const refusalOf = async (command: string, object?: object): Promise<string> => {
    const { code, stderr } = await stand.try(command, object && JSON.stringify(object));
    expect(code).toBe(1);
    return stderr.trimEnd();
  };
  beforeAll(async () => {
    stand = await KubectlStand.open();
  });
  afterAll(async () => {
    await stand[Symbol.asyncDispose]();
  });

  it('a policy that is bound refuses what breaks it, in its own words', async () => {
    await stand.apply(
      aPolicy('replicas', {
        variables: [{ name: 'limit', expression: '3' }],
        validations: [
          { expression: 'object.spec.replicas <= variables.limit' },
          { expression: "object.metadata.name != 'bad'", messageExpression: "'not ' + object.metadata.name", reason: 'Forbidden' },
        ],
      }),
      aBinding('replicas'),
    );
    expect(await refusalOf('create deployment web --image=nginx --replicas=5')).toBe(
      "error: failed to create deployment: deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'replicas' with binding 'replicas-binding' denied request: failed expression: object.spec.replicas <= variables.limit",
    );
    expect(await refusalOf('create deployment bad --image=nginx')).toContain("binding 'replicas-binding' denied request: not bad");
    await stand.kubectl('create deployment web --image=nginx --replicas=2');
    expect(await refusalOf('patch deployment web -p {"spec":{"replicas":9}}')).toContain('denied request: failed expression');
    // The scale subresource is another resource, which the policy does not name.
    await stand.kubectl('scale deployment web --replicas=4');
  });

  it('a policy that only warns lets through, and one that is not bound says nothing', async () => {
    await stand.apply(
      aPolicy('labels', {
        validations: [{ expression: "'team' in object.metadata.?labels.orValue({})", message: 'every Deployment names its team' }],
      }),
      aPolicy('unbound', { validations: [{ expression: 'false' }] }),
      aBinding('labels', { validationActions: ['Warn'] }),
    );
    const { code, stderr } = await stand.try('create deployment warned --image=nginx');
    expect([code, stderr.trimEnd()]).toEqual([
      0,
      "Warning: Validation failed for ValidatingAdmissionPolicy 'labels' with binding 'labels-binding': every Deployment names its team",
    ]);
  });

  it('a policy takes parameters, conditions, namespaces and what its user may do into account', async () => {
    await stand.kubectl('create namespace strict');
    await stand.kubectl('label namespace strict level=high');
    await stand.kubectl('create configmap limits -n strict --from-literal=max=1');
    await stand.apply(
      aPolicy('limits', {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConditions: [{ name: 'not-exempt', expression: "!object.metadata.name.startsWith('exempt')" }],
        validations: [
          {
            expression:
              "object.spec.replicas <= int(params.data.max) || (namespaceObject.metadata.labels.level != 'high' && authorizer.group('').resource('nodes').check('delete').allowed())",
            message: 'too many',
          },
        ],
      }),
      aBinding('limits', {
        paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' },
        matchResources: { namespaceSelector: { matchLabels: { level: 'high' } } },
      }),
    );
    expect(await refusalOf('create deployment web -n strict --image=nginx --replicas=2')).toContain('denied request: too many');
    await stand.kubectl('create deployment exempt -n strict --image=nginx --replicas=2');
    await stand.kubectl('create deployment elsewhere --image=nginx --replicas=2');
    await stand.kubectl('delete configmap limits -n strict');
    expect(await refusalOf('create deployment web -n strict --image=nginx')).toContain(
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    );
  });

  it('a policy whose expression fails or cannot be read says so', async () => {
    await stand.apply(
      aPolicy('broken', { validations: [{ expression: "object.metadata.annotations['nope'] == 'x'" }] }),
      aBinding('broken'),
    );
    expect(await refusalOf('create deployment any --image=nginx')).toContain(
      "denied request: expression 'object.metadata.annotations['nope'] == 'x'' resulted in error: no such key: annotations",
    );
    await stand.kubectl('delete validatingadmissionpolicybinding broken-binding');
    expect(await refusalOf('apply -f -', aPolicy('unreadable', { validations: [{ expression: 'object.spec.replicas <' }] }))).toContain(
      'spec.validations[0].expression: Invalid value: "object.spec.replicas <": compilation failed:',
    );
    const row = (await stand.kubectl('get validatingadmissionpolicies broken --no-headers')).split(/ +/);
    expect(row.slice(0, 3)).toEqual(['broken', '1', '<unset>']);
    expect(await stand.kubectl('get validatingadmissionpolicy broken -o jsonpath={.status}')).toBe(
      '{"observedGeneration":1,"typeChecking":{}}',
    );
  });

  it('a webhook cannot be reached: its failure policy decides', async () => {
    await stand.apply(aWebhook('Validating', 'Fail', 'strict'), aWebhook('Mutating', 'Ignore', 'lenient'));
    const aMap = (label: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: label, labels: { hooked: label } } });
    expect(await refusalOf('create -f -', aMap('strict'))).toBe(
      'Error from server (InternalError): error when creating "STDIN": Internal error occurred: failed calling webhook "check.example.com": failed to call webhook: Post "https://hook.default.svc:443/check?timeout=10s": service "hook" not found',
    );
    await stand.kubectl('create -f -', JSON.stringify(aMap('lenient')));
    await stand.kubectl('create configmap plain');
  });

  it('a custom resource is defaulted, validated by its schema and its rules, printed and scaled as its definition says', async () => {
    await stand.apply(WIDGETS);
    await stand.kubectl('wait --for=condition=Established crd/widgets.example.com --timeout=10s');
    await stand.apply(aWidget('one', { replicas: 2, zone: 'a' }));
    expect(await stand.kubectl('get wd')).toMatch(/^NAME +SIZE +AGE\none +small +\d+s\n$/);
    expect(await stand.kubectl('get widgets -o wide')).toMatch(/^NAME +SIZE +REPLICAS +AGE\none +small +2 +\d+s\n$/);
    expect(await refusalOf('apply -f -', aWidget('two', { replicas: 7, size: 'huge' }))).toBe(
      'The Widget "two" is invalid: spec.size: Unsupported value: "huge": supported values: "small", "large"',
    );
    expect(await refusalOf('apply -f -', aWidget('two', { replicas: 7, memory: '2Gi' }))).toBe(
      'The Widget "two" is invalid: \n* spec: Invalid value: "object": a small widget has fewer than 5 replicas, not 7\n* spec: Invalid value: "object": memory must be below 1Gi',
    );
    expect(await refusalOf('patch widget one --type=merge -p {"spec":{"zone":"b"}}')).toContain('zone is immutable');
    expect(await refusalOf('apply -f -', aWidget('two', { size: 'large', colour: 'red' }))).toContain('unknown field "spec.colour"');
    await stand.kubectl('scale widget one --replicas=4');
    await stand.kubectl('patch widget one --subresource=status --type=merge -p {"status":{"replicas":4,"selector":"app=one"}}');
    expect(await stand.kubectl('get widget one -o jsonpath={.spec.replicas}/{.status.replicas}')).toBe('4/4');
    expect(await stand.kubectl('get widget one --subresource=scale -o jsonpath={.status.selector}')).toBe('app=one');
    expect(await stand.kubectl('explain widget.spec.size')).toContain('FIELD: size <string>');
  });

  it('none of that was unexpected to the server', () => {
    expect(stand.errors).toEqual([]);
  });
});
