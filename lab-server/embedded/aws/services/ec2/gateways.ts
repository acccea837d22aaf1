// Internet gateways: the way between a VPC and everything else.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { ensureDefaultVpc } from './default-vpc.ts';
import { inUse, notFound } from './errors.ts';
import { select } from './filters.ts';
import { ec2Tables, newId, type InternetGateway } from './state.ts';
import { tagsFor } from './tag-specifications.ts';
import { requireVpc } from './vpcs.ts';

const gatewayNotFound = (id: string): AwsError => notFound('InvalidInternetGatewayID.NotFound', 'internetGateway ID', id);

function requireGateway(id: string | undefined, call: Call): InternetGateway {
  ensureDefaultVpc(call.tables, call);
  const gateway = ec2Tables(call.tables).internetGateways.get(scopeKey(call, id ?? ''));
  if (!gateway) {
    throw gatewayNotFound(id ?? '');
  }
  return gateway;
}

function save(gateway: InternetGateway, call: Call): InternetGateway {
  ec2Tables(call.tables).internetGateways.put(scopeKey(call, gateway.InternetGatewayId ?? ''), gateway);
  return gateway;
}

export const gatewayOperations: Readonly<Record<string, Operation>> = {
  CreateInternetGateway: operation<sdk.CreateInternetGatewayRequest, sdk.CreateInternetGatewayResult>({
    handle: (input, call) => ({
      InternetGateway: save(
        {
          Attachments: [],
          InternetGatewayId: newId('igw'),
          OwnerId: call.account,
          Tags: tagsFor('internet-gateway', input.TagSpecifications),
        },
        call,
      ),
    }),
  }),
  AttachInternetGateway: operation<sdk.AttachInternetGatewayRequest, object>({
    handle: (input, call) => {
      const gateway = requireGateway(input.InternetGatewayId, call);
      const vpc = requireVpc(input.VpcId, call);
      if (gateway.Attachments?.length) {
        throw new AwsError(
          'Resource.AlreadyAssociated',
          `resource ${gateway.InternetGatewayId ?? ''} is already attached to network ${gateway.Attachments[0]?.VpcId ?? ''}`,
        );
      }
      // AWS says "available" where its own model says "attached".
      save({ ...gateway, Attachments: [{ State: 'available' as 'attached', VpcId: vpc.VpcId }] }, call);
      return {};
    },
  }),
  DetachInternetGateway: operation<sdk.DetachInternetGatewayRequest, object>({
    handle: (input, call) => {
      const gateway = requireGateway(input.InternetGatewayId, call);
      const vpc = requireVpc(input.VpcId, call);
      if (!gateway.Attachments?.some((one) => one.VpcId === vpc.VpcId)) {
        throw new AwsError(
          'Gateway.NotAttached',
          `resource ${gateway.InternetGatewayId ?? ''} is not attached to network ${vpc.VpcId ?? ''}`,
        );
      }
      save({ ...gateway, Attachments: [] }, call);
      return {};
    },
  }),
  DeleteInternetGateway: operation<sdk.DeleteInternetGatewayRequest, object>({
    handle: (input, call) => {
      const gateway = requireGateway(input.InternetGatewayId, call);
      if (gateway.Attachments?.length) {
        throw inUse(`The internetGateway '${gateway.InternetGatewayId ?? ''}' has dependencies and cannot be deleted.`);
      }
      ec2Tables(call.tables).internetGateways.delete(scopeKey(call, gateway.InternetGatewayId ?? ''));
      return {};
    },
  }),
  DescribeInternetGateways: operation<sdk.DescribeInternetGatewaysRequest, sdk.DescribeInternetGatewaysResult>({
    handle: (input, call) => {
      ensureDefaultVpc(call.tables, call);
      const page = select(ec2Tables(call.tables).internetGateways.list(`${scopeKey(call)}/`), input.InternetGatewayIds, input, {
        id: (gateway) => gateway.InternetGatewayId,
        notFound: gatewayNotFound,
        fields: {
          'internet-gateway-id': (gateway) => gateway.InternetGatewayId,
          'attachment.vpc-id': (gateway) => gateway.Attachments?.map((one) => one.VpcId),
          'attachment.state': (gateway) => gateway.Attachments?.map((one) => one.State),
          'owner-id': (gateway) => gateway.OwnerId,
        },
      });
      return { InternetGateways: page.items, NextToken: page.nextToken };
    },
  }),
};
