// The products of the price list: what they are, and what they cost, in the list's own form.
import { createHash } from 'node:crypto';
import { instanceType } from '../ec2/instance-types.ts';
import { EC2, ECS_ANYWHERE, EKS, FARGATE, READ_ON } from './prices.ts';

export interface Product {
  serviceCode: string;
  family: string;
  attributes: Readonly<Record<string, string>>;
  unit: string;
  price: number;
  description: string;
}

const PLACE = { location: 'US East (N. Virginia)', locationType: 'AWS Region', regionCode: 'us-east-1' } as const;
const MIB_PER_GIB = 1024;

function fargate(usagetype: string, price: number, unit: string, what: string, more: Record<string, string> = {}): Product {
  return {
    serviceCode: 'AmazonECS',
    family: 'Compute',
    attributes: {
      servicecode: 'AmazonECS',
      servicename: 'Amazon EC2 Container Service',
      ...PLACE,
      usagetype: `USE1-${usagetype}`,
      operation: '',
      tenancy: 'Shared',
      ...more,
    },
    unit,
    price,
    description: `AWS Fargate - ${what} - US East (N.Virginia)`,
  };
}

function eks(usagetype: string, price: number, what: string): Product {
  return {
    serviceCode: 'AmazonEKS',
    family: 'Compute',
    attributes: {
      servicecode: 'AmazonEKS',
      servicename: 'Amazon Elastic Container Service for Kubernetes',
      ...PLACE,
      usagetype: `USE1-${usagetype}`,
      operation: 'CreateOperation',
      tiertype: 'HAStandard',
    },
    unit: 'hours',
    price,
    description: what,
  };
}

function instance(type: string, price: number): Product {
  const size = instanceType(type);
  const memory = size ? `${size.memoryMiB / MIB_PER_GIB} GiB` : 'NA';
  return {
    serviceCode: 'AmazonEC2',
    family: 'Compute Instance',
    attributes: {
      servicecode: 'AmazonEC2',
      servicename: 'Amazon Elastic Compute Cloud',
      ...PLACE,
      instanceType: type,
      instanceFamily: /^(t|m)/.test(type) ? 'General purpose' : type.startsWith('c') ? 'Compute optimized' : 'Memory optimized',
      currentGeneration: type.startsWith('t2') ? 'No' : 'Yes',
      vcpu: String(size?.vcpus ?? 2),
      memory,
      operatingSystem: 'Linux',
      licenseModel: 'No License required',
      tenancy: 'Shared',
      preInstalledSw: 'NA',
      capacitystatus: 'Used',
      marketoption: 'OnDemand',
      processorArchitecture: '64-bit',
      usagetype: `BoxUsage:${type}`,
      operation: 'RunInstances',
    },
    unit: 'Hrs',
    price,
    description: `$${price} per On Demand Linux ${type} Instance Hour`,
  };
}

export const PRODUCTS: readonly Product[] = [
  fargate('Fargate-vCPU-Hours:perCPU', FARGATE.vcpu, 'hours', 'vCPU', { cputype: 'perCPU' }),
  fargate('Fargate-GB-Hours', FARGATE.memory, 'hours', 'Memory', { memorytype: 'perGB' }),
  fargate('Fargate-ARM-vCPU-Hours:perCPU', FARGATE.armVcpu, 'hours', 'ARM vCPU', { cputype: 'perCPU', cpuArchitecture: 'ARM' }),
  fargate('Fargate-ARM-GB-Hours', FARGATE.armMemory, 'hours', 'ARM Memory', { memorytype: 'perGB', cpuArchitecture: 'ARM' }),
  fargate('Fargate-EphemeralStorage-GB-Hours', FARGATE.storage, 'GB-Hours', 'Ephemeral Storage', { storagetype: 'default' }),
  {
    serviceCode: 'AmazonECS',
    family: 'Compute',
    attributes: {
      servicecode: 'AmazonECS',
      servicename: 'Amazon EC2 Container Service',
      ...PLACE,
      usagetype: 'USE1-ECS-Anywhere-Instance-hours',
      operation: '',
      externalInstanceType: 'Default',
    },
    unit: 'hours',
    price: ECS_ANYWHERE,
    description: 'ECS Anywhere - external instance',
  },
  eks('AmazonEKS-Hours:perCluster', EKS.standard, 'Amazon EKS cluster usage in US East (N. Virginia)'),
  eks('AmazonEKS-Hours:extendedSupport', EKS.extended, 'Amazon EKS extended support cluster usage in US East (N. Virginia)'),
  ...Object.entries(EC2).map(([type, price]) => instance(type, price)),
];

const ON_DEMAND = 'JRTCKXETXF';
const PER_UNIT = '6YS6EN2CT7';
const DECIMALS = 10;

/** A product as GetProducts writes it: a text of JSON. */
export function productText({ serviceCode, family, attributes, unit, price, description }: Product): string {
  const sku = createHash('sha256').update(JSON.stringify(attributes)).digest('hex').toUpperCase().slice(0, 16);
  const offer = `${sku}.${ON_DEMAND}`;
  const rateCode = `${offer}.${PER_UNIT}`;
  const effectiveDate = `${READ_ON}T00:00:00Z`;
  return JSON.stringify({
    product: { productFamily: family, attributes, sku },
    serviceCode,
    terms: {
      OnDemand: {
        [offer]: {
          priceDimensions: {
            [rateCode]: {
              unit,
              endRange: 'Inf',
              description,
              appliesTo: [],
              rateCode,
              beginRange: '0',
              pricePerUnit: { USD: price.toFixed(DECIMALS) },
            },
          },
          sku,
          effectiveDate,
          offerTermCode: ON_DEMAND,
          termAttributes: {},
        },
      },
    },
    version: READ_ON.replaceAll('-', ''),
    publicationDate: effectiveDate,
  });
}
