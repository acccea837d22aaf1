// Listeners: ports of a balancer with what they do by default, and their certificates.
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkSslPolicy, DEFAULT_SSL_POLICY } from './account.ts';
import { checkedActions } from './actions.ts';
import { listed, listenerAttributes, listenerDefaults } from './attributes.ts';
import { balancerNotFound, listenerNotFound, notOneOf, validationError } from './errors.ts';
import {
  elbTables,
  groupsOfActions,
  keyOf,
  listenersOfBalancer,
  newHash,
  rulesOfListener,
  type Listener,
  type LoadBalancer,
} from './state.ts';
import { taggedWith } from './tags.ts';
import { elbWorldOf } from './world.ts';

const ALL_PROTOCOLS = ['HTTP', 'HTTPS', 'UDP', 'TCP', 'TLS', 'TCP_UDP'];
const PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
  application: ['HTTP', 'HTTPS'],
  network: ['UDP', 'TCP', 'TLS', 'TCP_UDP'],
};
const MOST_CERTIFICATES = 25;
const PAGE = 50;

export function requireListener(listenerArn: string | undefined, call: Call): Listener {
  const listener = elbTables(call.tables).listeners.get(keyOf(listenerArn));
  if (!listener) {
    throw listenerNotFound();
  }
  return listener;
}

function requireOwner(balancerArn: string | undefined, call: Call): LoadBalancer {
  const balancer = elbTables(call.tables).loadBalancers.get(keyOf(balancerArn));
  if (!balancer) {
    throw balancerNotFound();
  }
  return balancer;
}

function shown({ attributes: _attributes, tags: _tags, extraCertificates: _extra, ...listener }: Listener): Timestamped<sdk.Listener> {
  return listener;
}

function save(listener: Listener, call: Call): Listener {
  elbTables(call.tables).listeners.put(keyOf(listener.ListenerArn), listener);
  changed(listener, call);
  return listener;
}

function changed(listener: Listener, call: Call): void {
  elbWorldOf(call).balancerChanged(listener.LoadBalancerArn ?? '');
  for (const groupArn of groupsOfActions(listener.DefaultActions)) {
    elbWorldOf(call).groupChanged(groupArn);
  }
}

/** Removes a listener with its rules. */
export function removeListener(listener: Listener, call: Call): void {
  const tables = elbTables(call.tables);
  const rules = rulesOfListener(call.tables, listener.ListenerArn ?? '');
  for (const rule of rules) {
    tables.rules.delete(keyOf(rule.RuleArn));
  }
  tables.listeners.delete(keyOf(listener.ListenerArn));
  changed(listener, call);
  for (const groupArn of rules.flatMap((rule) => groupsOfActions(rule.Actions))) {
    elbWorldOf(call).groupChanged(groupArn);
  }
}

function checkCertificates(certificates: readonly { CertificateArn?: string }[]): void {
  for (const { CertificateArn: certificate = '' } of certificates) {
    if (!/^arn:aws[a-z-]*:(acm:[a-z0-9-]+:\d{12}:certificate|iam::\d{12}:server-certificate)\/.+$/.test(certificate)) {
      throw new AwsError('CertificateNotFoundException', `Certificate ${certificate} not found`);
    }
  }
}

interface ListenerInput {
  Protocol?: string;
  Port?: number;
  SslPolicy?: string;
  Certificates?: Timestamped<sdk.Certificate>[];
}

function checkGateway(input: ListenerInput): void {
  if (input.Port !== undefined) {
    throw validationError('A port cannot be specified for gateway listeners');
  }
  if (input.Protocol !== undefined) {
    throw validationError('A protocol cannot be specified for gateway listeners');
  }
}

function checkNew(input: ListenerInput, type: string): void {
  if (type === 'gateway') {
    checkGateway(input);
    return;
  }
  if (input.Port === undefined) {
    throw validationError('A listener port must be specified');
  }
  if (input.Port < 1 || input.Port > 65_535) {
    throw validationError(`'${input.Port}' is not a valid port; it must be between 1 and 65535`);
  }
  if (input.Protocol === undefined) {
    throw validationError('A listener protocol must be specified');
  }
  const allowed = PROTOCOLS[type] ?? [];
  if (!allowed.includes(input.Protocol)) {
    throw input.Protocol === 'GENEVE' || ALL_PROTOCOLS.includes(input.Protocol)
      ? validationError(`Listener protocol '${input.Protocol}' must be one of '${allowed.join(', ')}'`)
      : notOneOf(input.Protocol, 'protocol', ALL_PROTOCOLS);
  }
}

function create(input: Timestamped<sdk.CreateListenerInput>, call: Call): { Listeners: Timestamped<sdk.Listener>[] } {
  const balancer = requireOwner(input.LoadBalancerArn, call);
  checkNew(input, balancer.Type ?? '');
  checkCertificates(input.Certificates ?? []);
  const actions = checkedActions(input.DefaultActions ?? [], call);
  const before = listenersOfBalancer(call.tables, balancer.LoadBalancerArn ?? '');
  if (balancer.Type !== 'gateway' && before.some((one) => one.Port === input.Port)) {
    throw new AwsError('DuplicateListenerException', 'A listener already exists on this port for this load balancer');
  }
  if (input.SslPolicy !== undefined) {
    checkSslPolicy(input.SslPolicy);
  }
  const tags = taggedWith([], input.Tags);
  const isTls = input.Protocol === 'HTTPS' || input.Protocol === 'TLS';
  const listener: Listener = {
    ListenerArn: `${(balancer.LoadBalancerArn ?? '').replace(':loadbalancer/', ':listener/')}/${newHash()}`,
    LoadBalancerArn: balancer.LoadBalancerArn,
    ...(input.Port === undefined ? {} : { Port: input.Port }),
    ...(input.Protocol === undefined ? {} : { Protocol: input.Protocol }),
    ...(input.Certificates?.length ? { Certificates: input.Certificates.map(({ CertificateArn }) => ({ CertificateArn })) } : {}),
    ...(isTls ? { SslPolicy: input.SslPolicy ?? DEFAULT_SSL_POLICY } : {}),
    DefaultActions: actions,
    ...(input.AlpnPolicy?.length ? { AlpnPolicy: input.AlpnPolicy } : {}),
    ...(isTls && balancer.Type === 'application' ? { MutualAuthentication: input.MutualAuthentication ?? { Mode: 'off' } } : {}),
    attributes: listenerDefaults(input.Protocol),
    tags,
    extraCertificates: [],
  };
  return { Listeners: [shown(save(listener, call))] };
}

function modify(input: Timestamped<sdk.ModifyListenerInput>, call: Call): { Listeners: Timestamped<sdk.Listener>[] } {
  const listener = requireListener(input.ListenerArn, call);
  const balancer = requireOwner(listener.LoadBalancerArn, call);
  const protocol: string | undefined = input.Protocol ?? listener.Protocol;
  if (protocol !== undefined && !(PROTOCOLS[balancer.Type ?? ''] ?? []).includes(protocol)) {
    throw new AwsError('UnsupportedProtocolException', `Protocol ${protocol} is not supported`);
  }
  const isTls = protocol === 'HTTPS' || protocol === 'TLS';
  const certificates = input.Certificates ?? listener.Certificates ?? [];
  const becomesTls = isTls && input.Protocol !== undefined && listener.Protocol !== protocol;
  if ((becomesTls || (isTls && input.Certificates !== undefined)) && certificates.length !== 1) {
    throw new AwsError(
      'InvalidConfigurationRequestException',
      `You must provide a list containing exactly one certificate if the listener protocol is ${protocol}.`,
    );
  }
  checkCertificates(input.Certificates ?? []);
  if (input.SslPolicy !== undefined) {
    checkSslPolicy(input.SslPolicy);
  }
  const others = listenersOfBalancer(call.tables, listener.LoadBalancerArn ?? '').filter((one) => one.ListenerArn !== listener.ListenerArn);
  if (input.Port !== undefined && others.some((one) => one.Port === input.Port)) {
    throw new AwsError('DuplicateListenerException', 'A listener already exists on this port for this load balancer');
  }
  const before = groupsOfActions(listener.DefaultActions);
  const { Certificates: _certificates, SslPolicy: _policy, ...rest } = listener;
  const modified = save(
    {
      ...rest,
      Port: input.Port ?? listener.Port,
      Protocol: protocol as sdk.ProtocolEnum,
      ...(isTls && certificates.length > 0 ? { Certificates: certificates.map(({ CertificateArn }) => ({ CertificateArn })) } : {}),
      ...(isTls ? { SslPolicy: input.SslPolicy ?? listener.SslPolicy ?? DEFAULT_SSL_POLICY } : {}),
      DefaultActions: input.DefaultActions ? checkedActions(input.DefaultActions, call) : listener.DefaultActions,
      ...(input.AlpnPolicy ? { AlpnPolicy: input.AlpnPolicy } : {}),
      ...(input.MutualAuthentication ? { MutualAuthentication: input.MutualAuthentication } : {}),
    },
    call,
  );
  for (const groupArn of before) {
    elbWorldOf(call).groupChanged(groupArn);
  }
  return { Listeners: [shown(modified)] };
}

function describe(input: Timestamped<sdk.DescribeListenersInput>, call: Call): Timestamped<Omit<sdk.DescribeListenersOutput, '$metadata'>> {
  if (input.LoadBalancerArn === undefined && !input.ListenerArns?.length) {
    throw validationError('You must specify either listener ARNs or a load balancer ARN');
  }
  const found = input.ListenerArns?.length
    ? input.ListenerArns.map((one) => requireListener(one, call))
    : listenersOfBalancer(call.tables, requireOwner(input.LoadBalancerArn, call).LoadBalancerArn ?? '');
  const page = pageOf(found, input.Marker, input.PageSize ?? PAGE);
  return { Listeners: page.items.map(shown), NextMarker: page.nextToken };
}

export const listenerOperations: Readonly<Record<string, Operation>> = {
  CreateListener: operation<sdk.CreateListenerInput, sdk.CreateListenerOutput>({ handle: create }),
  ModifyListener: operation<sdk.ModifyListenerInput, sdk.ModifyListenerOutput>({ handle: modify }),
  DescribeListeners: operation<sdk.DescribeListenersInput, sdk.DescribeListenersOutput>({ handle: describe }),
  DeleteListener: operation<sdk.DeleteListenerInput, object>({
    handle: (input, call) => {
      removeListener(requireListener(input.ListenerArn, call), call);
      return {};
    },
  }),
  DescribeListenerAttributes: operation<sdk.DescribeListenerAttributesInput, sdk.DescribeListenerAttributesOutput>({
    handle: (input, call) => ({ Attributes: listed(requireListener(input.ListenerArn, call).attributes) }),
  }),
  ModifyListenerAttributes: operation<sdk.ModifyListenerAttributesInput, sdk.ModifyListenerAttributesOutput>({
    handle: (input, call) => {
      const listener = requireListener(input.ListenerArn, call);
      const attributes = listenerAttributes(listener.attributes, input.Attributes ?? []);
      save({ ...listener, attributes }, call);
      return { Attributes: listed(attributes) };
    },
  }),
  AddListenerCertificates: operation<sdk.AddListenerCertificatesInput, sdk.AddListenerCertificatesOutput>({
    handle: (input, call) => {
      const listener = requireListener(input.ListenerArn, call);
      const added = (input.Certificates ?? []).map((one) => one.CertificateArn ?? '');
      const all = [...new Set([...listener.extraCertificates, ...added])];
      if (all.length > MOST_CERTIFICATES) {
        throw new AwsError('TooManyCertificatesException', `You can specify at most ${MOST_CERTIFICATES} certificates`);
      }
      checkCertificates(input.Certificates ?? []);
      save({ ...listener, extraCertificates: all }, call);
      return { Certificates: added.map((CertificateArn) => ({ CertificateArn, IsDefault: false })) };
    },
  }),
  RemoveListenerCertificates: operation<sdk.RemoveListenerCertificatesInput, object>({
    handle: (input, call) => {
      const listener = requireListener(input.ListenerArn, call);
      const removed = (input.Certificates ?? []).map((one) => one.CertificateArn ?? '');
      save({ ...listener, extraCertificates: listener.extraCertificates.filter((one) => !removed.includes(one)) }, call);
      return {};
    },
  }),
  DescribeListenerCertificates: operation<sdk.DescribeListenerCertificatesInput, sdk.DescribeListenerCertificatesOutput>({
    handle: (input, call) => {
      const listener = requireListener(input.ListenerArn, call);
      const all = [
        ...(listener.Certificates ?? []).map(({ CertificateArn }) => ({ CertificateArn, IsDefault: true })),
        ...listener.extraCertificates.map((CertificateArn) => ({ CertificateArn, IsDefault: false })),
      ];
      const page = pageOf(all, input.Marker, input.PageSize ?? PAGE);
      return { Certificates: page.items, NextMarker: page.nextToken };
    },
  }),
};
