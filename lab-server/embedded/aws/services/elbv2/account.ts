// What is the same for every account: limits and the security policies of TLS listeners (user guide, "Quotas", "Security policies").
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { operation, type Operation } from '../service.ts';
import { notOneOf } from './errors.ts';

export const DEFAULT_SSL_POLICY = 'ELBSecurityPolicy-2016-08';

const LIMITS: Readonly<Record<string, string>> = {
  'application-load-balancers': '50',
  'targets-per-application-load-balancer': '1000',
  'targets-per-availability-zone-per-network-load-balancer': '500',
  'listeners-per-application-load-balancer': '50',
  'rules-per-application-load-balancer': '100',
  'network-load-balancers': '50',
  'targets-per-network-load-balancer': '3000',
  'listeners-per-network-load-balancer': '50',
  'condition-values-per-alb-rule': '5',
  'condition-wildcards-per-alb-rule': '6',
  'target-groups-per-action-on-application-load-balancer': '5',
  'target-groups-per-action-on-network-load-balancer': '1',
  'certificates-per-application-load-balancer': '25',
  'certificates-per-network-load-balancer': '25',
  'target-groups': '3000',
  'target-groups-per-application-load-balancer': '100',
  'target-id-registrations-per-application-load-balancer': '1000',
  'gateway-load-balancers': '100',
  'gateway-load-balancers-per-vpc': '100',
  'geneve-target-groups': '100',
};

const TLS12 = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];
const CBC256 = ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-RSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA384', 'ECDHE-RSA-AES256-SHA384'];
const SHA1 = ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES256-SHA', 'ECDHE-ECDSA-AES256-SHA'];
const RSA = ['AES128-GCM-SHA256', 'AES128-SHA256', 'AES128-SHA', 'AES256-GCM-SHA384', 'AES256-SHA256', 'AES256-SHA'];
const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const policies: Readonly<Record<string, { protocols: string[]; ciphers: string[] }>> = {
  'ELBSecurityPolicy-TLS-1-2-2017-01': {
    protocols: ['TLSv1.2'],
    ciphers: [...TLS12, ...CBC256, ...RSA.filter((cipher) => !cipher.endsWith('SHA'))],
  },
  'ELBSecurityPolicy-TLS-1-1-2017-01': { protocols: ['TLSv1.1', 'TLSv1.2'], ciphers: [...TLS12, ...CBC256, ...SHA1, ...RSA] },
  'ELBSecurityPolicy-2016-08': { protocols: ['TLSv1', 'TLSv1.1', 'TLSv1.2'], ciphers: [...TLS12, ...CBC256, ...SHA1, ...RSA] },
  'ELBSecurityPolicy-TLS-1-2-Ext-2018-06': { protocols: ['TLSv1.2'], ciphers: [...TLS12, ...CBC256, ...SHA1, ...RSA] },
  'ELBSecurityPolicy-FS-2018-06': { protocols: ['TLSv1', 'TLSv1.1', 'TLSv1.2'], ciphers: [...TLS12, ...CBC256, ...SHA1] },
  'ELBSecurityPolicy-FS-1-1-2019-08': { protocols: ['TLSv1.1', 'TLSv1.2'], ciphers: [...TLS12, ...CBC256, ...SHA1] },
  'ELBSecurityPolicy-FS-1-2-2019-08': { protocols: ['TLSv1.2'], ciphers: [...TLS12, ...CBC256, ...SHA1] },
  'ELBSecurityPolicy-FS-1-2-Res-2019-08': { protocols: ['TLSv1.2'], ciphers: [...TLS12, ...CBC256] },
  'ELBSecurityPolicy-FS-1-2-Res-2020-10': { protocols: ['TLSv1.2'], ciphers: TLS12 },
  'ELBSecurityPolicy-TLS13-1-2-2021-06': { protocols: ['TLSv1.2', 'TLSv1.3'], ciphers: [...TLS13, ...TLS12, ...CBC256] },
  'ELBSecurityPolicy-TLS13-1-2-Res-2021-06': { protocols: ['TLSv1.2', 'TLSv1.3'], ciphers: [...TLS13, ...TLS12] },
  'ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06': { protocols: ['TLSv1.2', 'TLSv1.3'], ciphers: [...TLS13, ...TLS12, ...CBC256] },
  'ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06': {
    protocols: ['TLSv1.2', 'TLSv1.3'],
    ciphers: [...TLS13, ...TLS12, ...CBC256, ...SHA1, ...RSA],
  },
  'ELBSecurityPolicy-TLS13-1-1-2021-06': { protocols: ['TLSv1.1', 'TLSv1.2', 'TLSv1.3'], ciphers: [...TLS13, ...TLS12, ...SHA1] },
  'ELBSecurityPolicy-TLS13-1-0-2021-06': {
    protocols: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
    ciphers: [...TLS13, ...TLS12, ...CBC256, ...SHA1, ...RSA],
  },
  'ELBSecurityPolicy-TLS13-1-3-2021-06': { protocols: ['TLSv1.3'], ciphers: TLS13 },
};

/** Throws SSLPolicyNotFound for a policy that does not exist. */
export function checkSslPolicy(name: string): void {
  if (!Object.hasOwn(policies, name)) {
    throw new AwsError('SSLPolicyNotFoundException', `SSL policy '${name}' not found`);
  }
}

export const accountOperations: Readonly<Record<string, Operation>> = {
  DescribeAccountLimits: operation<sdk.DescribeAccountLimitsInput, sdk.DescribeAccountLimitsOutput>({
    handle: (input) => {
      const limits = Object.entries(LIMITS).map(([Name, Max]) => ({ Name, Max }));
      const page = pageOf(limits, input.Marker, input.PageSize ?? limits.length);
      return { Limits: page.items, NextMarker: page.nextToken };
    },
  }),
  DescribeSSLPolicies: operation<sdk.DescribeSSLPoliciesInput, sdk.DescribeSSLPoliciesOutput>({
    handle: (input) => {
      const type = input.LoadBalancerType;
      if (type !== undefined && !['application', 'network', 'gateway'].includes(type)) {
        throw notOneOf(type, 'loadBalancerType', ['application', 'network', 'gateway']);
      }
      input.Names?.forEach(checkSslPolicy);
      const found = Object.entries(policies)
        .filter(([name]) => !input.Names?.length || input.Names.includes(name))
        .map(([Name, { protocols, ciphers }]) => ({
          Name,
          SslProtocols: protocols,
          Ciphers: ciphers.map((cipher, index) => ({ Name: cipher, Priority: index + 1 })),
          SupportedLoadBalancerTypes: ['application', 'network'],
        }));
      const page = pageOf(found, input.Marker, input.PageSize ?? found.length);
      return { SslPolicies: page.items, NextMarker: page.nextToken };
    },
  }),
};
