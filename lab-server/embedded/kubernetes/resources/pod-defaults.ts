// The defaults of a pod's spec and of a workload's template, as the server's v1 defaulting sets them.
import type { Pod, PodTemplateSpec } from '../types.ts';
import { formatQuantity, roundUpToMillis, tryParseQuantity } from '../values/quantity.ts';
import type { Container, PodSpec, Probe, ResourceRequirements, Volume } from '../validation/pod-types.ts';

/** Pods proper: what templates leave open until a pod is made of them. */
export function setPodDefaults(pod: Pod): void {
  const spec = (pod.spec ??= {} as PodSpec);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    requestWhatIsLimited(container);
  }
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork) {
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      container.ports?.forEach((port) => (port.hostPort ||= port.containerPort));
    }
  }
  setPodSpecDefaults(spec);
}

export function setTemplateDefaults(owner: { template?: PodTemplateSpec }): void {
  const template = (owner.template ??= {});
  template.metadata ??= {};
  setPodSpecDefaults((template.spec ??= {} as PodSpec));
}

function setPodSpecDefaults(spec: PodSpec): void {
  spec.restartPolicy ||= 'Always';
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.schedulerName ||= 'default-scheduler';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.securityContext ??= {};
  // `serviceAccount` is the old name of the same field; the server keeps both.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
  spec.volumes?.forEach(setVolumeDefaults);
  spec.containers?.forEach(setContainerDefaults);
  spec.initContainers?.forEach(setContainerDefaults);
  spec.ephemeralContainers?.forEach(setContainerDefaults);
  if (spec.overhead) {
    canonicalizeQuantities(spec.overhead);
  }
}

/** The default of imagePullPolicy: `latest`, said or implied, is always pulled. */
export function pullPolicyFor(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) {
    return 'IfNotPresent';
  }
  const name = image.slice(image.lastIndexOf('/') + 1);
  const tag = name.includes(':') ? name.slice(name.indexOf(':') + 1) : 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function setContainerDefaults(container: Container): void {
  container.imagePullPolicy ||= pullPolicyFor(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  setResourceDefaults((container.resources ??= {}));
  container.ports?.forEach((port) => (port.protocol ||= 'TCP'));
  container.env?.forEach(({ valueFrom }) => {
    if (valueFrom?.fieldRef) {
      valueFrom.fieldRef.apiVersion ||= 'v1';
    }
    if (valueFrom?.resourceFieldRef) {
      valueFrom.resourceFieldRef.divisor ??= '0';
    }
  });
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) {
      setProbeDefaults(probe);
    }
  }
  setHttpDefaults(container.lifecycle?.postStart?.httpGet);
  setHttpDefaults(container.lifecycle?.preStop?.httpGet);
}

function setProbeDefaults(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  setHttpDefaults(probe.httpGet);
  if (probe.grpc) {
    probe.grpc.service ??= '';
  }
}

function setHttpDefaults(action: Probe['httpGet']): void {
  if (action) {
    action.path ||= '/';
    action.scheme ||= 'HTTP';
  }
}

function requestWhatIsLimited({ resources }: Container): void {
  if (resources?.limits) {
    resources.requests = { ...resources.limits, ...resources.requests };
  }
}

function setResourceDefaults(resources: ResourceRequirements): void {
  canonicalizeQuantities(resources.limits);
  canonicalizeQuantities(resources.requests);
}

/** Writes each amount as the server does: `0.5` becomes `500m`, fractions of a thousandth are rounded up. */
export function canonicalizeQuantities(list: Record<string, string> | null | undefined): void {
  for (const name in list) {
    const quantity = tryParseQuantity(list[name]);
    if (quantity) {
      list[name] = formatQuantity(roundUpToMillis(quantity));
    }
  }
}

const volumeModeDefault = 0o644;

function setVolumeDefaults(volume: Volume): void {
  if (Object.entries(volume).every(([key, value]) => key === 'name' || value === null || value === undefined)) {
    volume.emptyDir = {};
  }
  if (volume.hostPath) {
    volume.hostPath.type ??= '';
  }
  for (const files of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) {
    if (files) {
      files.defaultMode ??= volumeModeDefault;
    }
  }
  const downward = [volume.downwardAPI, ...(volume.projected?.sources ?? []).map((source) => source.downwardAPI)];
  for (const file of downward.flatMap((one) => one?.items ?? [])) {
    if (file.fieldRef) {
      file.fieldRef.apiVersion ||= 'v1';
    }
    if (file.resourceFieldRef) {
      file.resourceFieldRef.divisor ??= '0';
    }
  }
  for (const { serviceAccountToken } of volume.projected?.sources ?? []) {
    if (serviceAccountToken) {
      serviceAccountToken.expirationSeconds ??= 3600;
    }
  }
  const claim = volume.ephemeral?.volumeClaimTemplate;
  if (claim) {
    claim.spec.volumeMode ??= 'Filesystem';
  }
}
