import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasKubectl, KubectlStand } from './kubectl-stand.ts';

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'nginx', image: 'nginx:1.25' }] } },
  },
};

function withSpec(spec: object): object {
  return { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, ...spec } };
}

const CRON_TABS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'crontabs.stable.example.com' },
  spec: {
    group: 'stable.example.com',
    scope: 'Namespaced',
    names: { plural: 'crontabs', singular: 'crontab', kind: 'CronTab', shortNames: ['ct'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        additionalPrinterColumns: [
          { name: 'Spec', type: 'string', jsonPath: '.spec.cronSpec' },
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
        ],
        subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['cronSpec'],
                'x-kubernetes-validations': [{ rule: 'self.replicas <= 5', message: 'no more than five' }],
                properties: {
                  cronSpec: { type: 'string', pattern: String.raw`^\S+ \S+$`, description: 'When to run.' },
                  image: { type: 'string', enum: ['a', 'b'] },
                  replicas: { type: 'integer', minimum: 1, default: 1 },
                },
              },
              status: { type: 'object', properties: { replicas: { type: 'integer' } } },
            },
          },
        },
      },
    ],
  },
};

describe.skipIf(!hasKubectl())('kubectl', () => {
  let stand: KubectlStand;
  beforeAll(async () => {
    stand = await KubectlStand.open();
  });
  afterAll(async () => {
    await stand[Symbol.asyncDispose]();
  });

  it('applies a List, whose items it checks against the served OpenAPI v2', async () => {
    const listOf = (...items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'listed' }, data: { a: 'b' } };
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'listed' },
      spec: { hard: { pods: 100, 'requests.cpu': '20' } },
    };
    expect(await stand.kubectl('apply -f -', listOf(settings, quota))).toBe('configmap/listed created\nresourcequota/listed created\n');
    const { code, stderr } = await stand.try('apply -f -', listOf({ ...settings, dat: {} }));
    expect(code).toBe(1);
    expect(stderr).toContain('ValidationError(ConfigMap): unknown field "dat" in io.k8s.api.core.v1.ConfigMap');
    await stand.kubectl('delete configmap/listed resourcequota/listed');
  });

  it('lists the flow schemas that every server has, none of which lacks its priority level', async () => {
    const lines = (await stand.kubectl('get flowschemas --no-headers')).trimEnd().split('\n');
    const rows = lines.map((line) => line.split(/ +/));
    expect(rows.map(([name, level, precedence]) => [name, level, precedence])).toContainEqual(['service-accounts', 'workload-low', '9000']);
    expect(rows).toHaveLength(13);
    expect(rows.map((row) => row.at(-1))).toEqual(rows.map(() => 'False'));
    expect(await stand.kubectl('get prioritylevelconfigurations -o name')).toContain('/workload-high\n');
  });

  it('finds the roles of the cluster’s own controllers, each bound to its account', async () => {
    const role = 'system:controller:job-controller';
    expect(
      await stand.kubectl(`get clusterrolebinding ${role} -o jsonpath={.roleRef.name}/{.subjects[0].namespace}/{.subjects[0].name}`),
    ).toBe(`${role}/kube-system/job-controller`);
    expect(await stand.kubectl('auth can-i create pods --as=system:serviceaccount:kube-system:job-controller')).toBe('yes\n');
  });

  it('hears of unknown fields, wrong types and broken rules in the server’s words', async () => {
    const unknown = await stand.try('create -f -', JSON.stringify(withSpec({ replica: 3 })));
    expect(unknown.stderr).toContain(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"',
    );
    const wrong = await stand.try('create -f -', JSON.stringify(withSpec({ replicas: 'three' })));
    expect(wrong.stderr).toContain('json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32');
    const broken = await stand.try('create -f -', JSON.stringify(withSpec({ replicas: -1 })));
    expect(broken.stderr).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0');
    const elsewhere = await stand.try('-n nowhere create -f -', JSON.stringify(DEPLOYMENT));
    expect(elsewhere.stderr).toContain('namespaces "nowhere" not found');
  });

  it('creates through its typed clients, which speak protobuf', async () => {
    expect(await stand.kubectl('create deployment typed --image=nginx:1.25 --replicas=2 --port=80')).toBe(
      'deployment.apps/typed created\n',
    );
    expect(
      await stand.kubectl('get deployment typed -o jsonpath={.spec.replicas}{.spec.template.spec.containers[0].ports[0].containerPort}'),
    ).toBe('280');
    expect(await stand.kubectl('create job once --image=busybox:1.36 -- echo hi')).toBe('job.batch/once created\n');
    expect(await stand.kubectl('create configmap typed --from-literal=a=b')).toBe('configmap/typed created\n');
    expect(await stand.kubectl('get configmap typed -o jsonpath={.data.a}')).toBe('b');
    expect(await stand.kubectl('create role reader --verb=get --resource=pods')).toBe('role.rbac.authorization.k8s.io/reader created\n');
    expect(await stand.kubectl('create quota small --hard=pods=50')).toBe('resourcequota/small created\n');
  });

  it('applies, sees that nothing changed, and changes what did', async () => {
    expect(await stand.apply(DEPLOYMENT)).toBe('deployment.apps/web created\n');
    expect(await stand.apply(DEPLOYMENT)).toBe('deployment.apps/web unchanged\n');
    expect(await stand.apply(withSpec({ replicas: 3 }))).toBe('deployment.apps/web configured\n');
    const moved = await stand.try('apply -f -', JSON.stringify(withSpec({ selector: { matchLabels: { app: 'other' } } })));
    expect(moved.stderr).toContain('spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable');
  });

  it('patches in three ways', async () => {
    expect(await stand.kubectl('patch deployment web -p {"spec":{"replicas":1}}')).toBe('deployment.apps/web patched\n');
    expect(await stand.kubectl('patch deployment web -p {"spec":{"replicas":1}}')).toBe('deployment.apps/web patched (no change)\n');
    expect(await stand.kubectl('patch deployment web --type=merge -p {"metadata":{"labels":{"a":"b"}}}')).toBe(
      'deployment.apps/web patched\n',
    );
    expect(await stand.kubectl('patch deployment web --type=json -p [{"op":"remove","path":"/metadata/labels/a"}]')).toBe(
      'deployment.apps/web patched\n',
    );
    const wrong = await stand.try('patch deployment web -p {"spec":{"replicas":"x"}}');
    expect(wrong.stderr).toContain('patch: Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32');
  });

  it('applies on the server side, with conflicts unless forced', async () => {
    const other = JSON.stringify(withSpec({ replicas: 7 }));
    const refused = await stand.try('apply --server-side --field-manager=other -f -', other);
    expect(refused.stderr).toMatch(/Apply failed with 1 conflict: conflict with "kubectl[a-z-]*" using apps\/v1: \.spec\.replicas/);
    expect(await stand.kubectl('apply --server-side --field-manager=other --force-conflicts -f -', other)).toBe(
      'deployment.apps/web serverside-applied\n',
    );
    const unknown = await stand.try('apply --server-side -f -', JSON.stringify(withSpec({ replica: 1 })));
    expect(unknown.stderr).toContain(
      'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema',
    );
  });

  it('tries without doing', async () => {
    expect(await stand.kubectl('create deployment dry --image=nginx --dry-run=server')).toBe(
      'deployment.apps/dry created (server dry run)\n',
    );
    expect((await stand.try('get deployment dry')).stderr).toBe('Error from server (NotFound): deployments.apps "dry" not found\n');
  });

  it('explains fields', async () => {
    const text = await stand.kubectl('explain deployment.spec.strategy');
    expect(text).toContain('FIELD: strategy <DeploymentStrategy>');
    expect(text).toContain('rollingUpdate\t<RollingUpdateDeployment>');
    expect(text).toContain('enum: Recreate, RollingUpdate');
  });

  it('serves what a definition defines, while it is there', async () => {
    const tab = (spec: object): object => ({ apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name: 'mine' }, spec });
    await stand.apply(CRON_TABS);
    await stand.kubectl('wait --for=condition=Established crd/crontabs.stable.example.com --timeout=10s');
    expect(await stand.apply(tab({ cronSpec: '* *', image: 'a' }))).toBe('crontab.stable.example.com/mine created\n');
    expect(await stand.kubectl('get ct')).toMatch(/^NAME +SPEC +REPLICAS\nmine +\* \* +1\n$/);
    expect(await stand.kubectl('scale ct mine --replicas=3')).toBe('crontab.stable.example.com/mine scaled\n');
    const bad = await stand.try('patch ct mine --type=merge -p {"spec":{"cronSpec":"x","image":"c","replicas":"many"}}');
    expect(bad.stderr).toContain(String.raw`spec.cronSpec: Invalid value: "x": spec.cronSpec in body should match '^\S+ \S+$'`);
    expect(bad.stderr).toContain('spec.image: Unsupported value: "c": supported values: "a", "b"');
    expect(bad.stderr).toContain('spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"');
    const ruled = await stand.try('patch ct mine --type=merge -p {"spec":{"replicas":9}}');
    expect(ruled.stderr).toContain('spec: Invalid value: "object": no more than five');
    expect(await stand.kubectl('explain ct.spec.cronSpec')).toContain('When to run.');
    expect(await stand.apply(tab({ cronSpec: '1 1', image: 'b' }))).toBe('crontab.stable.example.com/mine configured\n');
    await stand.kubectl('delete crd crontabs.stable.example.com');
    expect((await stand.try('get ct')).code).toBe(1);
  });

  it('asks who it is and what it may', async () => {
    expect(await stand.kubectl('auth whoami')).toMatch(/Username +minikube-user/);
    expect(await stand.kubectl('auth can-i delete nodes')).toBe('yes\n');
    expect((await stand.try('auth can-i delete nodes --as=system:serviceaccount:default:default')).stdout).toBe('no\n');
    const refused = await stand.try('get secrets --as=bob');
    expect(refused.stderr).toBe(
      'Error from server (Forbidden): secrets is forbidden: User "bob" cannot list resource "secrets" in API group "" in the namespace "default"\n',
    );
  });

  it('keeps pods to what their namespace allows', async () => {
    await stand.kubectl('create namespace strict');
    await stand.kubectl('label namespace strict pod-security.kubernetes.io/enforce=restricted');
    const refused = await stand.try('-n strict run web --image=nginx:1.25');
    expect(refused.stderr).toContain(
      'pods "web" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "web" must set',
    );
    await stand.kubectl('create namespace counted');
    await stand.kubectl('-n counted create quota one --hard=configmaps=2');
    await stand.kubectl('-n counted create configmap first');
    const exceeded = await stand.try('-n counted create configmap second');
    expect(exceeded.stderr).toContain(
      'configmaps "second" is forbidden: exceeded quota: one, requested: configmaps=1, used: configmaps=2, limited: configmaps=2',
    );
  });

  it('shows what a metrics server gathers, once there is one', async () => {
    expect((await stand.try('top nodes')).stderr).toContain('Metrics API not available');
    stand.cluster.setMetricsServer(true);
    expect(await stand.kubectl('top nodes')).toMatch(/^NAME +CPU\(cores\).*\nminikube +\d+m +\d+% +\d+Mi +\d+%/);
  });

  it('has met no error of the cluster’s own', () => {
    expect(stand.errors).toEqual([]);
  });
});
