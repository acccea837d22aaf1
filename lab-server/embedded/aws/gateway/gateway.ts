// The whole path of a request, top to bottom: route, authenticate, resolve the operation, read the input, validate, authorize, handle, answer.
import { randomUUID } from 'node:crypto';
import { loadModel, type Protocol, type ServiceModel } from '../model/model.ts';
import type { AwsContext, Call, Operation, Principal, ServiceDefinition } from '../services/service.ts';
import { authenticate, type CredentialPolicy } from './authenticate.ts';
import { passedRoles, usualAuthorizations } from './authorizations.ts';
import { denied } from './denied.ts';
import { AwsError } from './errors.ts';
import { cborProtocol, isCbor } from './protocols/cbor.ts';
import { ec2Protocol } from './protocols/ec2.ts';
import { jsonProtocol } from './protocols/json.ts';
import type { Resolved, WireAnswer, WireProtocol, WireRequest } from './protocols/protocol.ts';
import { queryProtocol } from './protocols/query.ts';
import { restJsonProtocol } from './protocols/rest-json.ts';
import { routeByHost, routeByScope, routeByUnsignedAction, type Route } from './route.ts';
import { readSignature } from './sigv4.ts';
import { missingMember, missingMemberError } from './validate.ts';

const PROTOCOLS: Readonly<Record<Protocol, WireProtocol>> = {
  'json-1.0': jsonProtocol,
  'json-1.1': jsonProtocol,
  query: queryProtocol,
  ec2: ec2Protocol,
  'rest-json': restJsonProtocol,
};

export interface GatewayOptions {
  services: ReadonlyMap<string, ServiceDefinition>;
  modelsFolder: string;
  credentials: CredentialPolicy;
  context: AwsContext;
  /** Told of what clients asked for and the endpoint lacks, once each. */
  onGap?: (service: string, operation: string) => void;
  /** Told of failures that are bugs of ours; clients see AWS's InternalFailure. */
  onFailure?: (error: unknown) => void;
}

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #gaps = new Set<string>();

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Answers one request. Never rejects: an unexpected failure is AWS's InternalFailure, with the request id. */
  async answer(request: WireRequest, sourceAddress: string): Promise<WireAnswer> {
    const requestId = randomUUID();
    let protocol: WireProtocol | undefined;
    let model: ServiceModel | undefined;
    try {
      const route = routeOf(request);
      model = route && loadModel(this.#options.modelsFolder, route.service);
      const service = route && this.#options.services.get(route.service);
      if (!route || !model) {
        protocol = protocolOf(request, undefined);
        model = unknownService(route?.service ?? 'aws');
        throw new AwsError(
          'UnknownOperationException',
          `The embedded endpoint has no service ${route ? `"${route.service}"` : 'for this host name or signature'}.`,
          {
            status: 404,
          },
        );
      }
      protocol = protocolOf(request, model);
      const resolved = protocol.resolve(request, model);
      const { context, credentials } = this.#options;
      const authentication = authenticate(request, resolved?.operation, context.tables, credentials, context.clock.now());
      const operation = resolved && service?.operations[resolved.operation];
      if (!resolved || !operation) {
        throw this.#lacks(route.service, protocol.requestedName(request) ?? '', resolved !== undefined, model);
      }
      const principal = authentication?.principal ?? anonymous();
      const call: Call = {
        ...context,
        service: route.service,
        operation: resolved.operation,
        principal,
        account: principal.account,
        region: route.region,
        requestId,
        sourceAddress,
        ...(request.headers['host'] === undefined ? {} : { host: request.headers['host'] }),
      };
      const output = await this.#perform(request, protocol, resolved, model, operation, service, call);
      await context.tables.committed();
      return protocol.writeOutput(output, resolved.operation, model, model.operations[resolved.operation] as never, requestId);
    } catch (error) {
      return this.#failure(error, protocol ?? protocolOf(request, model), model ?? unknownService('aws'), requestId);
    }
  }

  /** A call from one service to another, with the same checks and no wire between. */
  async call(
    serviceName: string,
    operationName: string,
    input: object,
    as: { principal: Principal; region: string },
  ): Promise<Record<string, unknown>> {
    const service = this.#options.services.get(serviceName);
    const operation = service?.operations[operationName];
    const model = loadModel(this.#options.modelsFolder, serviceName);
    if (!service || !operation || !model) {
      throw this.#lacks(serviceName, operationName, model?.operations[operationName] !== undefined, model ?? unknownService(serviceName));
    }
    const call: Call = {
      ...this.#options.context,
      service: serviceName,
      operation: operationName,
      principal: as.principal,
      account: as.principal.account,
      region: as.region,
      requestId: randomUUID(),
      sourceAddress: `${serviceName}.amazonaws.com`,
    };
    return this.#checkedHandle(input as Record<string, unknown>, model, operationName, operation, service, call);
  }

  async #perform(
    request: WireRequest,
    protocol: WireProtocol,
    resolved: Resolved,
    model: ServiceModel,
    operation: Operation,
    service: ServiceDefinition | undefined,
    call: Call,
  ): Promise<Record<string, unknown>> {
    const input = protocol.readInput(request, resolved, model, model.operations[resolved.operation] as never);
    return this.#checkedHandle(input, model, resolved.operation, operation, service, call);
  }

  async #checkedHandle(
    input: Record<string, unknown>,
    model: ServiceModel,
    name: string,
    operation: Operation,
    service: ServiceDefinition | undefined,
    call: Call,
  ): Promise<Record<string, unknown>> {
    const missing = missingMember(input, model.operations[name]?.input ?? 'Unit', model);
    if (missing !== undefined) {
      const own = service?.missingMember?.(name, missing);
      throw own ? new AwsError(own.code, own.message) : missingMemberError(model, missing);
    }
    const own = operation.authorize?.(input as never, call) ?? usualAuthorizations(input, call);
    const wanted = [...own, ...passedRoles(input, call)];
    for (const one of wanted) {
      const reason = call.refusal(call.principal, one, { input, region: call.region, sourceAddress: call.sourceAddress });
      if (reason !== undefined) {
        throw denied(model.protocol, call.principal, one, reason);
      }
    }
    return (await operation.handle(input as never, call)) as Record<string, unknown>;
  }

  #lacks(service: string, operation: string, isKnown: boolean, model: ServiceModel): AwsError {
    const gap = `${service}:${operation}`;
    if (!this.#gaps.has(gap)) {
      this.#gaps.add(gap);
      this.#options.onGap?.(service, operation);
    }
    const says = isKnown ? ' The embedded endpoint does not simulate it.' : '';
    switch (model.protocol) {
      case 'query':
      case 'ec2':
        return new AwsError('InvalidAction', `The action ${operation} is not valid for this web service.${says}`, { status: 400 });
      default:
        return new AwsError('UnknownOperationException', `The operation ${operation} is not known.${says}`, { status: 400 });
    }
  }

  #failure(error: unknown, protocol: WireProtocol, model: ServiceModel, requestId: string): WireAnswer {
    if (!(error instanceof AwsError)) {
      this.#options.onFailure?.(error);
    }
    const failure =
      error instanceof AwsError
        ? error
        : new AwsError('InternalFailure', 'The request processing has failed because of an unknown error, exception or failure.', {
            status: 500,
          });
    const known = model.errors[failure.code];
    const code = known?.code ?? failure.code;
    return protocol.writeError(failure, failure.status ?? known?.status ?? 400, code, model, requestId);
  }
}

function routeOf(request: WireRequest): Route | undefined {
  const byHost = routeByHost(request.headers['host']);
  if (byHost) {
    return byHost;
  }
  try {
    const signed = readSignature(request);
    return signed ? routeByScope(signed.credential) : routeByUnsignedAction(request);
  } catch {
    return undefined;
  }
}

/** A client may speak another protocol than the newest SDK: older ones use query for CloudWatch. */
function protocolOf(request: WireRequest, model: ServiceModel | undefined): WireProtocol {
  if (model?.protocol === 'rest-json') {
    return restJsonProtocol;
  }
  if (isCbor(request)) {
    return cborProtocol;
  }
  if (request.headers['x-amz-target'] !== undefined || request.headers['content-type']?.startsWith('application/x-amz-json')) {
    return jsonProtocol;
  }
  return model?.protocol === 'ec2'
    ? ec2Protocol
    : model && model.protocol.startsWith('json') && request.body.length === 0
      ? PROTOCOLS[model.protocol]
      : queryProtocol;
}

function unknownService(name: string): ServiceModel {
  return { service: name, serviceId: name, protocol: 'query', version: '', operations: {}, shapes: {}, errors: {} };
}

function anonymous(): Principal {
  return { account: '', arn: 'anonymous', userId: 'anonymous', accessKeyId: '', isRoot: false };
}
