// What the wire protocols have in common: a request to an operation and its input, and an output or an error to an answer.
import type { AwsError } from '../errors.ts';
import type { OperationModel, ServiceModel } from '../../model/model.ts';

/** An HTTP request with its body read. Header names are in lower case. */
export interface WireRequest {
  method: string;
  /** Path without the query string, still encoded. */
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
}

export interface WireAnswer {
  status: number;
  headers: Record<string, string>;
  /** Bytes where the protocol is binary. */
  body: string | Uint8Array;
}

/** Which operation a request asks for; `labels` are the parts of a REST path. */
export interface Resolved {
  operation: string;
  labels?: Readonly<Record<string, string>>;
}

export interface WireProtocol {
  /** Undefined when the request names no operation of the model. */
  resolve(request: WireRequest, model: ServiceModel): Resolved | undefined;
  /** The name of the operation as the request has it, known or not; for the error about an unknown one. */
  requestedName(request: WireRequest): string | undefined;
  /** Throws AwsError SerializationException when the body cannot be read as the operation's input. */
  readInput(request: WireRequest, resolved: Resolved, model: ServiceModel, operation: OperationModel): Record<string, unknown>;
  writeOutput(output: Record<string, unknown>, name: string, model: ServiceModel, operation: OperationModel, requestId: string): WireAnswer;
  writeError(error: AwsError, status: number, code: string, model: ServiceModel, requestId: string): WireAnswer;
}
