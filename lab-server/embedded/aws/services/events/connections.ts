// Connections and API destinations: kept and shown. Nothing is sent to the addresses that they name.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { eventTables, type ApiDestination, type Connection } from './state.ts';

const PAGE = 100;

function requireConnection(name: string | undefined, call: Call): Connection {
  const connection = eventTables(call.tables).connections.get(scopeKey(call, name ?? ''));
  if (!connection) {
    throw new AwsError('ResourceNotFoundException', `Connection '${name ?? ''}' does not exist.`);
  }
  return connection;
}

function requireDestination(name: string | undefined, call: Call): ApiDestination {
  const destination = eventTables(call.tables).apiDestinations.get(scopeKey(call, name ?? ''));
  if (!destination) {
    throw new AwsError('ResourceNotFoundException', `An api-destination '${name ?? ''}' does not exist.`);
  }
  return destination;
}

/** Secrets of a connection are not shown again. */
function withoutSecrets(parameters: Timestamped<sdk.CreateConnectionAuthRequestParameters> | undefined): Connection['AuthParameters'] {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters: oauth } = parameters ?? {};
  return {
    ...(basic ? { BasicAuthParameters: { Username: basic.Username } } : {}),
    ...(key ? { ApiKeyAuthParameters: { ApiKeyName: key.ApiKeyName } } : {}),
    ...(oauth
      ? {
          OAuthParameters: {
            AuthorizationEndpoint: oauth.AuthorizationEndpoint,
            HttpMethod: oauth.HttpMethod,
            ClientParameters: { ClientID: oauth.ClientParameters?.ClientID },
          },
        }
      : {}),
  };
}

export const connectionOperations: Readonly<Record<string, Operation>> = {
  CreateConnection: operation<sdk.CreateConnectionRequest, sdk.CreateConnectionResponse>({
    handle: (input, call) => {
      const name = input.Name ?? '';
      const { connections } = eventTables(call.tables);
      if (connections.has(scopeKey(call, name))) {
        throw new AwsError('ResourceAlreadyExistsException', `Connection ${name} already exists.`);
      }
      const now = call.clock.now();
      const connection: Connection = {
        name,
        Name: name,
        ConnectionArn: arn('events', call, `connection/${name}/${randomUUID()}`),
        Description: input.Description,
        ConnectionState: 'AUTHORIZED',
        AuthorizationType: input.AuthorizationType,
        SecretArn: arn('secretsmanager', call, `secret:events!connection/${name}/${randomUUID()}`),
        AuthParameters: withoutSecrets(input.AuthParameters),
        CreationTime: now,
        LastModifiedTime: now,
        LastAuthorizedTime: now,
      };
      connections.put(scopeKey(call, name), connection);
      return { ConnectionArn: connection.ConnectionArn, ConnectionState: 'AUTHORIZED', CreationTime: now, LastModifiedTime: now };
    },
  }),
  DescribeConnection: operation<sdk.DescribeConnectionRequest, sdk.DescribeConnectionResponse>({
    handle: (input, call) => {
      const { name: _name, ...connection } = requireConnection(input.Name, call);
      return connection;
    },
  }),
  UpdateConnection: operation<sdk.UpdateConnectionRequest, sdk.UpdateConnectionResponse>({
    handle: (input, call) => {
      const connection = requireConnection(input.Name, call);
      const changed: Connection = {
        ...connection,
        Description: input.Description ?? connection.Description,
        AuthorizationType: input.AuthorizationType ?? connection.AuthorizationType,
        AuthParameters: input.AuthParameters
          ? withoutSecrets(input.AuthParameters as sdk.CreateConnectionAuthRequestParameters)
          : connection.AuthParameters,
        LastModifiedTime: call.clock.now(),
      };
      eventTables(call.tables).connections.put(scopeKey(call, connection.name), changed);
      const { ConnectionArn, ConnectionState, CreationTime, LastModifiedTime, LastAuthorizedTime } = changed;
      return { ConnectionArn, ConnectionState, CreationTime, LastModifiedTime, LastAuthorizedTime };
    },
  }),
  ListConnections: operation<sdk.ListConnectionsRequest, sdk.ListConnectionsResponse>({
    handle: (input, call) => {
      const found = eventTables(call.tables)
        .connections.list(`${scopeKey(call)}/`)
        .filter((one) => one.name.startsWith(input.NamePrefix ?? ''))
        .map(({ name: _name, AuthParameters: _parameters, SecretArn: _secret, Description: _description, ...summary }) => summary);
      const page = pageOf(found, input.NextToken, input.Limit ?? PAGE);
      return { Connections: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteConnection: operation<sdk.DeleteConnectionRequest, sdk.DeleteConnectionResponse>({
    handle: (input, call) => {
      const connection = requireConnection(input.Name, call);
      eventTables(call.tables).connections.delete(scopeKey(call, connection.name));
      const { ConnectionArn, CreationTime, LastModifiedTime, LastAuthorizedTime } = connection;
      return { ConnectionArn, ConnectionState: 'DELETING', CreationTime, LastModifiedTime, LastAuthorizedTime };
    },
  }),
  CreateApiDestination: operation<sdk.CreateApiDestinationRequest, sdk.CreateApiDestinationResponse>({
    handle: (input, call) => {
      const name = input.Name ?? '';
      const { apiDestinations } = eventTables(call.tables);
      if (apiDestinations.has(scopeKey(call, name))) {
        throw new AwsError('ResourceAlreadyExistsException', `An api-destination '${name}' already exists.`);
      }
      const now = call.clock.now();
      const destination: ApiDestination = {
        name,
        Name: name,
        ApiDestinationArn: arn('events', call, `api-destination/${name}/${randomUUID()}`),
        Description: input.Description,
        ApiDestinationState: 'ACTIVE',
        ConnectionArn: input.ConnectionArn,
        InvocationEndpoint: input.InvocationEndpoint,
        HttpMethod: input.HttpMethod,
        InvocationRateLimitPerSecond: input.InvocationRateLimitPerSecond ?? 300,
        CreationTime: now,
        LastModifiedTime: now,
      };
      apiDestinations.put(scopeKey(call, name), destination);
      return { ApiDestinationArn: destination.ApiDestinationArn, ApiDestinationState: 'ACTIVE', CreationTime: now, LastModifiedTime: now };
    },
  }),
  DescribeApiDestination: operation<sdk.DescribeApiDestinationRequest, sdk.DescribeApiDestinationResponse>({
    handle: (input, call) => {
      const { name: _name, ...destination } = requireDestination(input.Name, call);
      return destination;
    },
  }),
  UpdateApiDestination: operation<sdk.UpdateApiDestinationRequest, sdk.UpdateApiDestinationResponse>({
    handle: (input, call) => {
      const { Name: _name, ...given } = input;
      const changed = { ...requireDestination(input.Name, call), ...given, LastModifiedTime: call.clock.now() };
      eventTables(call.tables).apiDestinations.put(scopeKey(call, changed.name), changed);
      const { ApiDestinationArn, ApiDestinationState, CreationTime, LastModifiedTime } = changed;
      return { ApiDestinationArn, ApiDestinationState, CreationTime, LastModifiedTime };
    },
  }),
  ListApiDestinations: operation<sdk.ListApiDestinationsRequest, sdk.ListApiDestinationsResponse>({
    handle: (input, call) => {
      const found = eventTables(call.tables)
        .apiDestinations.list(`${scopeKey(call)}/`)
        .filter((one) => one.name.startsWith(input.NamePrefix ?? ''))
        .map(({ name: _name, Description: _description, ...summary }) => summary);
      const page = pageOf(found, input.NextToken, input.Limit ?? PAGE);
      return { ApiDestinations: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteApiDestination: operation<sdk.DeleteApiDestinationRequest, object>({
    handle: (input, call) => {
      eventTables(call.tables).apiDestinations.delete(scopeKey(call, requireDestination(input.Name, call).name));
      return {};
    },
  }),
};
