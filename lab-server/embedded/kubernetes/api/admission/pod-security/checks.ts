// The checks of the Pod Security Standards, in the order in which their findings are told.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/
import type { PodTemplateSpec } from '../../../types.ts';

export type PodSpec = NonNullable<PodTemplateSpec['spec']>;
type Container = NonNullable<PodSpec['containers']>[number];

export type Level = 'privileged' | 'baseline' | 'restricted';

interface Check {
  level: 'baseline' | 'restricted';
  /** A restricted check that says more than this baseline check stands in for it. */
  replaces?: string;
  id: string;
  /** What is wrong, without the check's title; nothing is fine. */
  find(spec: PodSpec): string | undefined;
  title: string;
}

const DEFAULT_CAPABILITIES = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
);
const SAFE_SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);
const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);
const RESTRICTED_VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
  'image',
]);

const CHECKS: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    level: 'restricted',
    title: 'allowPrivilegeEscalation != false',
    find: (spec) =>
      sentence(
        where(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false),
        'must set securityContext.allowPrivilegeEscalation=false',
      ),
  },
  {
    id: 'appArmorProfile',
    level: 'baseline',
    title: 'forbidden AppArmor profile',
    find: (spec) => {
      const pod =
        spec.securityContext?.appArmorProfile?.type === 'Unconfined' ? ['pod must not set AppArmor profile type to "Unconfined"'] : [];
      const containers = sentence(
        where(spec, ({ securityContext }) => securityContext?.appArmorProfile?.type === 'Unconfined'),
        'must not set AppArmor profile type to "Unconfined"',
      );
      return joined([...pod, containers]);
    },
  },
  {
    id: 'capabilities_baseline',
    level: 'baseline',
    title: 'non-default capabilities',
    find: (spec) => {
      const added = addedCapabilities(spec, DEFAULT_CAPABILITIES);
      return sentence(added.containers, `must not include ${added.names} in securityContext.capabilities.add`);
    },
  },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    replaces: 'capabilities_baseline',
    title: 'unrestricted capabilities',
    find: (spec) => {
      const keeping = where(spec, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
      const added = addedCapabilities(spec, new Set(['NET_BIND_SERVICE']));
      return joined([
        sentence(keeping, 'must set securityContext.capabilities.drop=["ALL"]'),
        sentence(added.containers, `must not include ${added.names} in securityContext.capabilities.add`),
      ]);
    },
  },
  {
    id: 'hostNamespaces',
    level: 'baseline',
    title: 'host namespaces',
    find: (spec) => {
      const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]).map((field) => `${field}=true`);
      return used.length > 0 ? used.join(', ') : undefined;
    },
  },
  {
    id: 'hostPathVolumes',
    level: 'baseline',
    title: 'hostPath volumes',
    find: (spec) => volumesText((spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name)),
  },
  {
    id: 'hostPorts',
    level: 'baseline',
    title: 'hostPort',
    find: (spec) => {
      const using = where(spec, ({ ports }) => ports?.some(({ hostPort }) => hostPort) === true);
      const ports = [
        ...new Set(using.flatMap((container) => (container.ports ?? []).map(({ hostPort }) => hostPort ?? 0).filter((port) => port > 0))),
      ];
      const what = ports.length === 1 ? 'hostPort' : 'hostPorts';
      return sentence(using, `${using.length === 1 ? 'uses' : 'use'} ${what} ${ports.toSorted((a, b) => a - b).join(', ')}`);
    },
  },
  {
    id: 'privileged',
    level: 'baseline',
    title: 'privileged',
    find: (spec) =>
      sentence(
        where(spec, ({ securityContext }) => securityContext?.privileged === true),
        'must not set securityContext.privileged=true',
      ),
  },
  {
    id: 'procMount',
    level: 'baseline',
    title: 'procMount',
    find: (spec) => {
      const odd = where(spec, ({ securityContext }) => securityContext?.procMount !== undefined && securityContext.procMount !== 'Default');
      const values = [...new Set(odd.map(({ securityContext }) => JSON.stringify(securityContext?.procMount)))];
      return sentence(odd, `must not set securityContext.procMount to ${values.join(', ')}`);
    },
  },
  {
    id: 'restrictedVolumes',
    level: 'restricted',
    replaces: 'hostPathVolumes',
    title: 'restricted volume types',
    find: (spec) => {
      const odd = (spec.volumes ?? [])
        .map((volume) => ({ name: volume.name, type: Object.keys(volume).find((key) => key !== 'name') ?? 'unknown' }))
        .filter(({ type }) => !RESTRICTED_VOLUMES.has(type));
      const types = [...new Set(odd.map(({ type }) => JSON.stringify(type)))].toSorted();
      const names = volumesText(odd.map(({ name }) => name));
      return (
        names && `${names} ${odd.length === 1 ? 'uses' : 'use'} restricted volume type${types.length === 1 ? '' : 's'} ${types.join(', ')}`
      );
    },
  },
  { id: 'runAsNonRoot', level: 'restricted', title: 'runAsNonRoot != true', find: runAsNonRoot },
  {
    id: 'runAsUser',
    level: 'restricted',
    title: 'runAsUser=0',
    find: (spec) =>
      joined([
        spec.securityContext?.runAsUser === 0 ? 'pod must not set runAsUser=0' : undefined,
        sentence(
          where(spec, ({ securityContext }) => securityContext?.runAsUser === 0),
          'must not set runAsUser=0',
        ),
      ]),
  },
  { id: 'seLinuxOptions', level: 'baseline', title: 'seLinuxOptions', find: seLinux },
  {
    id: 'seccompProfile_baseline',
    level: 'baseline',
    title: 'seccompProfile',
    find: (spec) =>
      joined([
        spec.securityContext?.seccompProfile?.type === 'Unconfined'
          ? 'pod must not set securityContext.seccompProfile.type to "Unconfined"'
          : undefined,
        sentence(
          where(spec, ({ securityContext }) => securityContext?.seccompProfile?.type === 'Unconfined'),
          'must not set securityContext.seccompProfile.type to "Unconfined"',
        ),
      ]),
  },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    replaces: 'seccompProfile_baseline',
    title: 'seccompProfile',
    find: seccompRestricted,
  },
  {
    id: 'sysctls',
    level: 'baseline',
    title: 'forbidden sysctls',
    find: (spec) => {
      const odd = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !SAFE_SYSCTLS.has(name));
      return odd.length > 0 ? odd.join(', ') : undefined;
    },
  },
  {
    id: 'windowsHostProcess',
    level: 'baseline',
    title: 'hostProcess',
    find: (spec) =>
      joined([
        spec.securityContext?.windowsOptions?.hostProcess ? 'pod must not set securityContext.windowsOptions.hostProcess=true' : undefined,
        sentence(
          where(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true),
          'must not set securityContext.windowsOptions.hostProcess=true',
        ),
      ]),
  },
];

/** `privileged (container "web" must not set securityContext.privileged=true)` for each check that the pod fails at the level. */
export function violations(spec: PodSpec, level: Level): string[] {
  if (level === 'privileged') {
    return [];
  }
  const applying = CHECKS.filter((check) => level === 'restricted' || check.level === 'baseline');
  const replaced = new Set(applying.map(({ replaces }) => replaces));
  return applying
    .filter(({ id }) => !replaced.has(id))
    .flatMap((check) => {
      const found = check.find(spec);
      return found === undefined ? [] : [`${check.title} (${found})`];
    });
}

function allContainers(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...((spec.ephemeralContainers ?? []) as unknown as Container[])];
}

function where(spec: PodSpec, fails: (container: Container) => boolean): Container[] {
  return allContainers(spec).filter(fails);
}

/** `containers "a", "b" must …` */
function sentence(containers: readonly Container[], rest: string): string | undefined {
  if (containers.length === 0) {
    return undefined;
  }
  const names = containers.map(({ name }) => JSON.stringify(name)).join(', ');
  return `container${containers.length === 1 ? '' : 's'} ${names} ${rest}`;
}

function joined(parts: readonly (string | undefined)[]): string | undefined {
  const present = parts.filter((part) => part !== undefined);
  return present.length > 0 ? present.join('; ') : undefined;
}

function volumesText(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : `volume${names.length === 1 ? '' : 's'} ${names.map((name) => JSON.stringify(name)).join(', ')}`;
}

function addedCapabilities(spec: PodSpec, allowed: ReadonlySet<string>): { containers: Container[]; names: string } {
  const odd = (container: Container): string[] => (container.securityContext?.capabilities?.add ?? []).filter((name) => !allowed.has(name));
  const containers = where(spec, (container) => odd(container).length > 0);
  const names = [...new Set(containers.flatMap(odd))].toSorted().map((name) => JSON.stringify(name));
  return { containers, names: names.join(', ') };
}

function runAsNonRoot(spec: PodSpec): string | undefined {
  const pod = spec.securityContext?.runAsNonRoot;
  const explicit = where(spec, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  const implicit = where(spec, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  const silent = pod === true ? undefined : sentence(implicit, 'must set securityContext.runAsNonRoot=true');
  return joined([
    pod === false ? 'pod must not set securityContext.runAsNonRoot=false' : undefined,
    sentence(explicit, 'must not set securityContext.runAsNonRoot=false'),
    pod === undefined && silent !== undefined && explicit.length === 0 ? `pod or ${silent}` : undefined,
  ]);
}

function seccompRestricted(spec: PodSpec): string | undefined {
  const isGood = (type: string | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost';
  const pod = spec.securityContext?.seccompProfile?.type;
  const wanted = 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  const bad = where(
    spec,
    ({ securityContext }) => securityContext?.seccompProfile !== undefined && !isGood(securityContext.seccompProfile.type),
  );
  const silent = where(spec, ({ securityContext }) => securityContext?.seccompProfile === undefined);
  const missing = pod === undefined ? sentence(silent, `must set ${wanted}`) : undefined;
  return joined([
    pod !== undefined && !isGood(pod) ? `pod must not set securityContext.seccompProfile.type to ${JSON.stringify(pod)}` : undefined,
    sentence(
      bad,
      `must not set securityContext.seccompProfile.type to ${bad.map(({ securityContext }) => JSON.stringify(securityContext?.seccompProfile?.type)).join(', ')}`,
    ),
    missing === undefined ? undefined : `pod or ${missing}`,
  ]);
}

function seLinux(spec: PodSpec): string | undefined {
  const options = [
    spec.securityContext?.seLinuxOptions,
    ...allContainers(spec).map(({ securityContext }) => securityContext?.seLinuxOptions),
  ];
  const isOdd = (one: (typeof options)[number]): boolean =>
    one !== undefined && (!SELINUX_TYPES.has(one.type ?? '') || Boolean(one.user) || Boolean(one.role));
  const odd = options.filter(isOdd);
  if (odd.length === 0) {
    return undefined;
  }
  const types = [...new Set(odd.map((one) => one?.type ?? '').filter((type) => !SELINUX_TYPES.has(type)))].map((type) =>
    JSON.stringify(type),
  );
  const setters = [
    ...(isOdd(spec.securityContext?.seLinuxOptions) ? ['pod'] : []),
    ...where(spec, ({ securityContext }) => isOdd(securityContext?.seLinuxOptions)).map(({ name }) => `container ${JSON.stringify(name)}`),
  ];
  const problems = [
    ...(types.length > 0 ? [`type${types.length === 1 ? '' : 's'} ${types.join(', ')}`] : []),
    ...(odd.some((one) => one?.user) ? ['user may not be set'] : []),
    ...(odd.some((one) => one?.role) ? ['role may not be set'] : []),
  ];
  return `${setters.join(' and ')} set forbidden securityContext.seLinuxOptions: ${problems.join('; ')}`;
}
