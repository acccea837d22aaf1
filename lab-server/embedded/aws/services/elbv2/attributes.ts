// Attributes of balancers, target groups and listeners: their defaults and what may be set (API reference, "LoadBalancerAttribute" and its like).
import { validationError } from './errors.ts';
import type { LoadBalancer, TargetGroup } from './state.ts';

export interface Attribute {
  Key?: string;
  Value?: string;
}

const LOGS = ['access_logs.s3', 'connection_logs.s3', 'health_check_logs.s3'];

const COMMON_BALANCER: Readonly<Record<string, string>> = {
  'access_logs.s3.enabled': 'false',
  'access_logs.s3.bucket': '',
  'access_logs.s3.prefix': '',
  'deletion_protection.enabled': 'false',
  'load_balancing.cross_zone.enabled': 'false',
};
const APPLICATION: Readonly<Record<string, string>> = {
  'idle_timeout.timeout_seconds': '60',
  'client_keep_alive.seconds': '3600',
  'routing.http.desync_mitigation_mode': 'defensive',
  'routing.http.drop_invalid_header_fields.enabled': 'false',
  'routing.http.preserve_host_header.enabled': 'false',
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': 'false',
  'routing.http.xff_client_port.enabled': 'false',
  'routing.http.xff_header_processing.mode': 'append',
  'routing.http2.enabled': 'true',
  'waf.fail_open.enabled': 'false',
  'connection_logs.s3.enabled': 'false',
  'connection_logs.s3.bucket': '',
  'connection_logs.s3.prefix': '',
  'zonal_shift.config.enabled': 'false',
  'load_balancing.cross_zone.enabled': 'true',
};
const NETWORK: Readonly<Record<string, string>> = {
  'dns_record.client_routing_policy': 'any_availability_zone',
  'zonal_shift.config.enabled': 'false',
  'secondary_ips.auto_assigned.per_subnet': '0',
};
const FURTHER = new Set([
  'ipv6.deny_all_igw_traffic',
  'secondary_ips.auto_assigned.per_subnet',
  ...LOGS.flatMap((log) => ['enabled', 'bucket', 'prefix'].map((part) => `${log}.${part}`)),
]);

export function balancerDefaults(type: string): Record<string, string> {
  return { ...COMMON_BALANCER, ...(type === 'application' ? APPLICATION : type === 'network' ? NETWORK : {}) };
}

/** The balancer's attributes with `changes`. Throws for a key that does not exist or a value out of its range. */
export function balancerAttributes(balancer: LoadBalancer, changes: readonly Attribute[]): Record<string, string> {
  const changed = { ...balancer.attributes };
  for (const { Key = '', Value = '' } of changes) {
    if (!Object.hasOwn(balancerDefaults(balancer.Type ?? ''), Key) && !FURTHER.has(Key)) {
      throw validationError(`Load balancer attribute key '${Key}' is not recognized`);
    }
    if (Key === 'idle_timeout.timeout_seconds') {
      checkNumber(Key, Value, 1, 4000);
    } else if (Key === 'client_keep_alive.seconds') {
      checkNumber(Key, Value, 60, 604_800);
    } else if (Key.endsWith('.enabled')) {
      checkBoolean(Key, Value);
    }
    changed[Key] = Value;
  }
  return changed;
}

export function groupDefaults(protocol: string | undefined, targetType: string): Record<string, string> {
  const isHttp = protocol === 'HTTP' || protocol === 'HTTPS';
  if (targetType === 'lambda') {
    return {
      'lambda.multi_value_headers.enabled': 'false',
      'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
    };
  }
  const common = {
    'deregistration_delay.timeout_seconds': '300',
    'stickiness.enabled': 'false',
    'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
  };
  if (isHttp) {
    return {
      ...common,
      'stickiness.type': 'lb_cookie',
      'load_balancing.algorithm.type': 'round_robin',
      'slow_start.duration_seconds': '0',
      'waf.fail_open.enabled': 'false',
    };
  }
  return {
    ...common,
    'stickiness.type': protocol === 'GENEVE' ? 'source_ip_dest_ip_proto' : 'source_ip',
    ...(protocol === 'GENEVE'
      ? { 'target_failover.on_deregistration': 'no_rebalance', 'target_failover.on_unhealthy': 'no_rebalance' }
      : {
          'proxy_protocol_v2.enabled': 'false',
          'preserve_client_ip.enabled': targetType === 'ip' && (protocol === 'TCP' || protocol === 'TLS') ? 'false' : 'true',
          'deregistration_delay.connection_termination.enabled': 'false',
        }),
  };
}

const GROUP_KEYS = new Set([
  'stickiness.lb_cookie.duration_seconds',
  'stickiness.app_cookie.cookie_name',
  'stickiness.app_cookie.duration_seconds',
  'load_balancing.algorithm.anomaly_mitigation',
  'load_balancing.algorithm.type',
  'slow_start.duration_seconds',
  'waf.fail_open.enabled',
  'lambda.multi_value_headers.enabled',
  'target_health_state.unhealthy.connection_termination.enabled',
  'target_health_state.unhealthy.draining_interval_seconds',
  'target_group_health.dns_failover.minimum_healthy_targets.count',
  'target_group_health.dns_failover.minimum_healthy_targets.percentage',
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count',
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage',
]);
const GENEVE_STICKINESS = ['source_ip_dest_ip_proto', 'source_ip_dest_ip'];
const STICKINESS = ['app_cookie', 'lb_cookie', 'source_ip'];

/** The group's attributes with `changes`. Throws for what the group's protocol does not have. */
export function groupAttributes(group: TargetGroup, changes: readonly Attribute[]): Record<string, string> {
  const defaults = groupDefaults(group.Protocol, group.TargetType ?? 'instance');
  const changed = { ...group.attributes };
  for (const { Key = '', Value = '' } of changes) {
    const isForeign = group.Protocol === 'GENEVE' && Key.includes('_cookie.');
    if (isForeign || (!Object.hasOwn(defaults, Key) && !GROUP_KEYS.has(Key))) {
      throw validationError(`Target group attribute key '${Key}' is not recognized`);
    }
    if (Key === 'deregistration_delay.timeout_seconds') {
      checkNumber(Key, Value, 0, 3600);
    } else if (Key.endsWith('_cookie.duration_seconds')) {
      checkNumber(Key, Value, 1, 604_800);
    } else if (Key.endsWith('.enabled') && !Key.startsWith('load_balancing')) {
      checkBoolean(Key, Value);
    }
    changed[Key] = Value;
  }
  const type = changes.find((one) => one.Key === 'stickiness.type')?.Value;
  if (type !== undefined) {
    checkStickiness(type, group.Protocol ?? '', changed['stickiness.enabled'] === 'true');
  }
  return changed;
}

function checkStickiness(type: string, protocol: string, isEnabled: boolean): void {
  if (protocol === 'GENEVE') {
    if (!GENEVE_STICKINESS.includes(type)) {
      throw validationError(`'${type}' must be one of [${GENEVE_STICKINESS.join(', ')}]`);
    }
    return;
  }
  if (!STICKINESS.includes(type)) {
    throw validationError(`'Stickiness type' must be one of [${STICKINESS.join(', ')}]`);
  }
  const isHttp = protocol === 'HTTP' || protocol === 'HTTPS';
  if (isHttp === (type === 'source_ip')) {
    throw validationError(`Stickiness type '${type}' is not supported for target groups with the ${protocol} protocol`);
  }
  if (protocol === 'TLS' && isEnabled) {
    throw validationError('You cannot enable stickiness on target groups with the TLS protocol');
  }
}

export function listenerDefaults(protocol: string | undefined): Record<string, string> {
  const response = 'routing.http.response';
  return protocol === 'HTTP' || protocol === 'HTTPS'
    ? { [`${response}.server.enabled`]: 'true' }
    : protocol === 'TCP' || protocol === undefined
      ? { 'tcp.idle_timeout.seconds': '350' }
      : {};
}

/** The listener's attributes with `changes`. */
export function listenerAttributes(attributes: Readonly<Record<string, string>>, changes: readonly Attribute[]): Record<string, string> {
  const changed = { ...attributes };
  for (const { Key = '', Value = '' } of changes) {
    if (!/^(tcp\.idle_timeout\.seconds|routing\.http\.(request|response)\.[a-z0-9_.]+)$/.test(Key)) {
      throw validationError(`Listener attribute key '${Key}' is not recognized`);
    }
    if (Key === 'tcp.idle_timeout.seconds') {
      checkNumber(Key, Value, 60, 6000);
    }
    changed[Key] = Value;
  }
  return changed;
}

/** Attributes as answers list them. */
export function listed(attributes: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
}

function checkNumber(key: string, value: string, least: number, most: number): void {
  const number = Number(value);
  if (value.trim() === '' || !Number.isInteger(number) || number < least || number > most) {
    throw validationError(`'${key}' must be between '${least}' and '${most}' inclusive`);
  }
}

function checkBoolean(key: string, value: string): void {
  if (value !== 'true' && value !== 'false') {
    throw validationError(`'${key}' must be one of [true, false]`);
  }
}
