import { describe, expect, it } from 'vitest';
import { created, creationErrors, row, updated } from './submit.ts';

const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } } } };
const aVersion = (more: object = {}) => ({ name: 'v1', served: true, storage: true, schema, ...more });
const aDefinition = (spec: object = {}) => ({
  metadata: { name: 'widgets.example.com' },
  spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions: [aVersion()], ...spec },
});

describe('a custom resource definition', () => {
  it('gets the names that follow from its kind', () => {
    expect(created('CustomResourceDefinition', aDefinition())).toMatchObject({
      spec: { conversion: { strategy: 'None' }, names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' } },
      status: { storedVersions: ['v1'] },
    });
  });

  it.each([
    [{ scope: 'World' }, 'spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"'],
    [{ versions: [aVersion({ schema: undefined })] }, 'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required'],
    [
      { names: { plural: 'gadgets', kind: 'Widget' } },
      'metadata.name: Invalid value: "widgets.example.com": must be spec.names.plural+"."+spec.group',
    ],
  ])('refuses %j', (spec, error) => {
    expect(creationErrors('CustomResourceDefinition', aDefinition(spec))).toContain(error);
  });

  it('stores one of its versions', () => {
    const [error] = creationErrors('CustomResourceDefinition', aDefinition({ versions: [aVersion({ storage: false })] }));
    expect(error).toMatch(/^spec.versions: Invalid value: .*: must have exactly one version marked as storage version$/);
  });

  it('may be anything that is well formed', () => {
    expect(creationErrors('CustomResourceDefinition', aDefinition())).toEqual([]);
  });

  it('is shown by the time of its making', () => {
    expect(row('CustomResourceDefinition', aDefinition())).toEqual({
      Name: 'widgets.example.com',
      'Created At': '2026-01-01T00:00:00Z',
    });
  });
});

const aWebhook = (more: object = {}) => ({
  name: 'check.example.com',
  clientConfig: { url: 'https://example.com/check' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
  ...more,
});

describe('a webhook configuration', () => {
  it('gets the defaults of the real server', () => {
    expect(created('ValidatingWebhookConfiguration', { webhooks: [aWebhook()] })).toMatchObject({
      webhooks: [
        {
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          timeoutSeconds: 10,
          rules: [{ scope: '*' }],
        },
      ],
    });
    expect(created('MutatingWebhookConfiguration', { webhooks: [aWebhook()] })).toMatchObject({
      webhooks: [{ reinvocationPolicy: 'Never' }],
    });
  });

  it.each([
    [{ sideEffects: undefined }, 'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun'],
    [{ timeoutSeconds: 31 }, 'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds'],
    [{ failurePolicy: 'Maybe' }, 'webhooks[0].failurePolicy: Unsupported value: "Maybe": supported values: "Fail", "Ignore"'],
    [{ name: 'check' }, 'webhooks[0].name: Invalid value: "check": should be a domain with at least three segments separated by dots'],
    [{ clientConfig: {} }, 'webhooks[0].clientConfig: Required value: exactly one of url or service is required'],
  ])('refuses %j', (change, error) => {
    expect(creationErrors('ValidatingWebhookConfiguration', { webhooks: [aWebhook(change)] })).toContain(error);
  });

  it('is shown by how many webhooks it has', () => {
    expect(row('ValidatingWebhookConfiguration', { webhooks: [aWebhook()] })).toEqual({ Name: 'web', Webhooks: 1, Age: '12h' });
  });
});

describe('a validating admission policy', () => {
  it('gets the defaults of the real server', () => {
    const spec = { validations: [{ expression: 'true' }], matchConstraints: { resourceRules: [] } };
    expect(created('ValidatingAdmissionPolicy', { spec })).toMatchObject({
      spec: { failurePolicy: 'Fail', matchConstraints: { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} } },
    });
  });

  it('is shown as kubectl shows it', () => {
    expect(row('ValidatingAdmissionPolicy', { spec: { validations: [{ expression: 'true' }] } })).toEqual({
      Name: 'web',
      Validations: 1,
      ParamKind: '<unset>',
      Age: '12h',
    });
    expect(row('ValidatingAdmissionPolicyBinding', { spec: { policyName: 'p' } })).toEqual({
      Name: 'web',
      PolicyName: 'p',
      ParamRef: '<unset>',
      Age: '12h',
    });
  });
});

describe('a certificate signing request', () => {
  it('asks for a certificate', () => {
    const request = Buffer.from('nothing').toString('base64');
    expect(creationErrors('CertificateSigningRequest', { spec: { request, signerName: 'a.b/c', usages: ['client auth'] } })).toContain(
      `spec.request: Invalid value: "${request}": PEM block type must be CERTIFICATE REQUEST`,
    );
  });

  it('never changes', () => {
    const spec = { request: 'AA==', signerName: 'a.b/c', usages: ['client auth'] };
    expect(updated('CertificateSigningRequest', { spec }, { spec: { ...spec, signerName: 'a.b/d' } })).toMatchObject({
      spec: { signerName: 'a.b/c' },
    });
  });

  it('is shown as kubectl shows it', () => {
    const spec = { request: 'AA==', signerName: 'a.b/c', username: 'ann' };
    const approved = { conditions: [{ type: 'Approved', status: 'True' }], certificate: 'AA==' };
    expect(row('CertificateSigningRequest', { spec, status: approved })).toEqual({
      Name: 'web',
      Age: '12h',
      SignerName: 'a.b/c',
      Requestor: 'ann',
      RequestedDuration: '<none>',
      Condition: 'Approved,Issued',
    });
    expect(row('CertificateSigningRequest', { spec })).toMatchObject({ Condition: 'Pending' });
  });
});

describe('an API service', () => {
  it('of this server is local', () => {
    const spec = { group: 'apps', version: 'v1', groupPriorityMinimum: 100, versionPriority: 1 };
    const status = { conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] };
    expect(row('APIService', { metadata: { name: 'v1.apps' }, spec, status })).toEqual({
      Name: 'v1.apps',
      Service: 'Local',
      Available: 'True',
      Age: '12h',
    });
  });

  it('is named after its version and group', () => {
    const spec = { group: 'apps', version: 'v1', groupPriorityMinimum: 100, versionPriority: 1 };
    expect(creationErrors('APIService', { metadata: { name: 'apps' }, spec })).toContain(
      'metadata.name: Invalid value: "apps": `spec.version+"."+spec.group`',
    );
  });
});

describe('priorities of requests', () => {
  it('are shown as kubectl shows them', () => {
    const spec = { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 2, distinguisherMethod: { type: 'ByUser' } };
    expect(row('FlowSchema', { spec })).toEqual({
      Name: 'web',
      PriorityLevel: 'exempt',
      MatchingPrecedence: 2,
      DistinguisherMethod: 'ByUser',
      Age: '12h',
      MissingPL: '?',
    });
  });
});
