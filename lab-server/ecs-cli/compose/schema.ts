// The Compose files (1, 2.x and 3.x) that ecs-cli understands.
import * as z from 'zod';

/** Fields of Compose that have no meaning in a task definition: named in a warning and left out, as the archived tool does. */
export const IGNORED_FIELDS = [
  'build',
  'cgroup_parent',
  'configs',
  'container_name',
  'cpu_percent',
  'cpu_quota',
  'cpu_period',
  'cpuset',
  'credential_spec',
  'depends_on',
  'deploy',
  'domainname',
  'expose',
  'extends',
  'external_links',
  'group_add',
  'init',
  'ipc',
  'isolation',
  'mac_address',
  'memswap_limit',
  'mem_swappiness',
  'network_mode',
  'networks',
  'oom_score_adj',
  'pid',
  'platform',
  'profiles',
  'restart',
  'runtime',
  'scale',
  'secrets',
  'stdin_open',
  'stop_grace_period',
  'stop_signal',
  'sysctls',
  'tty',
  'userns_mode',
  'uts',
  'volume_driver',
] as const;

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const list = z.array(scalar, 'must be a list');
const stringOrList = z.union([scalar, list], 'must be a string or a list of strings');
const mapOrList = z.union([z.record(z.string(), scalar.nullable()), list], 'must be a map or a list of NAME=VALUE');
const size = z.union([z.number(), z.string()], 'must be a size such as 512m, 1g or a number of bytes');
const count = z.coerce.number('must be a number');

const port = z.union(
  [
    z.number(),
    z.string(),
    z.strictObject({
      target: z.coerce.number(),
      published: z.coerce.number().optional(),
      protocol: z.enum(['tcp', 'udp'], 'must be tcp or udp').optional(),
      mode: z.string().optional(),
    }),
  ],
  'must be HOST:CONTAINER, CONTAINER, or a map with target, published and protocol',
);

const volume = z.union(
  [
    z.string(),
    z.strictObject({
      type: z.enum(['bind', 'volume', 'tmpfs'], 'must be bind, volume or tmpfs').optional(),
      source: z.string().optional(),
      target: z.string('must be the path in the container'),
      read_only: z.boolean().optional(),
    }),
  ],
  'must be [SOURCE:]TARGET[:ro] or a map with source, target and read_only',
);

const healthcheck = z.strictObject({
  test: stringOrList.optional(),
  interval: z.string().optional(),
  timeout: z.string().optional(),
  start_period: z.string().optional(),
  retries: count.optional(),
  disable: z.boolean().optional(),
});

const fields = {
  cap_add: list.optional(),
  cap_drop: list.optional(),
  command: stringOrList.nullish(),
  cpu_shares: count.optional(),
  devices: list.optional(),
  dns: stringOrList.optional(),
  dns_search: stringOrList.optional(),
  entrypoint: stringOrList.nullish(),
  env_file: stringOrList.optional(),
  environment: mapOrList.optional(),
  extra_hosts: list.optional(),
  healthcheck: healthcheck.optional(),
  hostname: z.string('must be a string').optional(),
  image: z.string('must name an image, such as nginx:1.31'),
  labels: mapOrList.optional(),
  links: list.optional(),
  logging: z.strictObject({ driver: z.string().optional(), options: z.record(z.string(), scalar).optional() }).optional(),
  log_driver: z.string().optional(),
  log_opt: z.record(z.string(), scalar).optional(),
  mem_limit: size.optional(),
  mem_reservation: size.optional(),
  ports: z.array(port, 'must be a list').optional(),
  privileged: z.boolean('must be true or false').optional(),
  read_only: z.boolean('must be true or false').optional(),
  security_opt: list.optional(),
  shm_size: size.optional(),
  tmpfs: stringOrList.optional(),
  ulimits: z
    .record(z.string(), z.union([z.number(), z.strictObject({ soft: z.number(), hard: z.number() })], 'must be a number, or soft and hard'))
    .optional(),
  user: scalar.optional(),
  volumes: z.array(volume, 'must be a list').optional(),
  volumes_from: list.optional(),
  working_dir: z.string('must be a path').optional(),
};
const ignored = Object.fromEntries(IGNORED_FIELDS.map((name) => [name, z.unknown()]));
const allowed = `is not a field of a service; allowed are ${Object.keys(fields).join(', ')}`;

export const serviceSchema = z.looseObject(fields, 'must be a map of fields').superRefine((service, context) => {
  const unknown = Object.keys(service).find((name) => !(name in fields) && !(name in ignored) && !name.startsWith('x-'));
  if (unknown !== undefined) {
    context.addIssue({ code: 'custom', path: [unknown], message: allowed });
  }
});

export type Service = z.output<typeof serviceSchema>;

/** Versions 2 and 3: services under `services`. */
export const composeSchema = z.looseObject(
  {
    version: scalar.refine((version) => /^[23](\.\d+)?$/.test(version), 'must be 1, 2, 2.x, 3 or 3.x').optional(),
    services: z.record(z.string(), serviceSchema, 'must be a map of services'),
    volumes: z.record(z.string(), z.unknown(), 'must be a map of volumes').nullish(),
  },
  'must be a map with version and services',
);

/** Version 1: services at the top. */
export const composeV1Schema = z.record(z.string(), serviceSchema, 'must be a map of services');
