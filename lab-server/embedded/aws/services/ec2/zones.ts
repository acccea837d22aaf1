// Regions and availability zones, and what an account has by default.
import type * as sdk from '@aws-sdk/client-ec2';
import { operation, type Operation } from '../service.ts';
import { notFound } from './errors.ts';
import { select } from './filters.ts';

/** Regions that every account has without opting in. */
const REGIONS = [
  'ap-south-1',
  'eu-north-1',
  'eu-west-3',
  'eu-west-2',
  'eu-west-1',
  'ap-northeast-3',
  'ap-northeast-2',
  'ap-northeast-1',
  'ca-central-1',
  'sa-east-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'eu-central-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];
/** us-east-1 has six zones; elsewhere three are simulated. */
const ZONE_LETTERS: Readonly<Record<string, string>> = { 'us-east-1': 'abcdef', 'us-west-2': 'abcd' };

export function zonesOf(region: string): string[] {
  return (ZONE_LETTERS[region] ?? 'abc').split('').map((letter) => region + letter);
}

/** `use1-az1` of us-east-1a. The order is the same in every account here; AWS shuffles it. */
export function zoneId(zone: string): string {
  const [area = '', direction = '', rest = ''] = zone.split('-');
  const short = direction.replace(/(north|south|east|west|central)/g, (word) => word.charAt(0));
  return `${area}${short}${rest.slice(0, 1)}-az${rest.charCodeAt(1) - 96}`;
}

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  'supported-platforms': ['VPC'],
  'default-vpc': ['none'],
  'max-instances': ['20'],
  'vpc-max-security-groups-per-interface': ['5'],
  'max-elastic-ips': ['5'],
  'vpc-max-elastic-ips': ['5'],
};

export const zoneOperations: Readonly<Record<string, Operation>> = {
  DescribeRegions: operation<sdk.DescribeRegionsRequest, sdk.DescribeRegionsResult>({
    handle: (input) => ({
      Regions: select(
        REGIONS.map((name) => ({ RegionName: name, Endpoint: `ec2.${name}.amazonaws.com`, OptInStatus: 'opt-in-not-required' })),
        input.RegionNames,
        { Filters: input.Filters },
        {
          id: (region) => region.RegionName,
          notFound: (id) => notFound('InvalidParameterValue', 'region', id),
          fields: { 'region-name': (one) => one.RegionName, endpoint: (one) => one.Endpoint, 'opt-in-status': (one) => one.OptInStatus },
        },
      ).items,
    }),
  }),
  DescribeAvailabilityZones: operation<sdk.DescribeAvailabilityZonesRequest, sdk.DescribeAvailabilityZonesResult>({
    handle: (input, { region }) => ({
      AvailabilityZones: select(
        zonesOf(region).map((zone) => ({
          OptInStatus: 'opt-in-not-required' as const,
          Messages: [],
          RegionName: region,
          ZoneName: zone,
          ZoneId: zoneId(zone),
          GroupName: `${region}-zg-1`,
          NetworkBorderGroup: region,
          ZoneType: 'availability-zone',
          State: 'available' as const,
        })),
        input.ZoneNames,
        { Filters: input.Filters },
        {
          id: (zone) => zone.ZoneName,
          notFound: (id) => notFound('InvalidParameterValue', 'availability zone', id),
          fields: {
            'zone-name': (zone) => zone.ZoneName,
            'zone-id': (zone) => zone.ZoneId,
            'zone-type': (zone) => zone.ZoneType,
            'region-name': (zone) => zone.RegionName,
            state: (zone) => zone.State,
            'opt-in-status': (zone) => zone.OptInStatus,
            'group-name': (zone) => zone.GroupName,
          },
        },
      ).items.filter((zone) => !input.ZoneIds?.length || input.ZoneIds.includes(zone.ZoneId)),
    }),
  }),
  DescribeAccountAttributes: operation<sdk.DescribeAccountAttributesRequest, sdk.DescribeAccountAttributesResult>({
    handle: (input) => ({
      AccountAttributes: Object.entries(ATTRIBUTES)
        .filter(([name]) => !input.AttributeNames?.length || (input.AttributeNames as string[]).includes(name))
        .map(([name, values]) => ({ AttributeName: name, AttributeValues: values.map((value) => ({ AttributeValue: value })) })),
    }),
  }),
};
