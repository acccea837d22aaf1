// Every refusal of the API as a metav1.Status, worded as the real server words it. Everything above and below HTTP throws ApiError.
import type { FieldError } from '../resources/kind.ts';
import type { Status } from '../types.ts';

/** The values of metav1.StatusReason that the server uses. */
export type StatusReason =
  | ''
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'ServerTimeout'
  | 'Timeout'
  | 'TooManyRequests'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'Expired'
  | 'ServiceUnavailable';

export type StatusCause = { reason?: string; message?: string; field?: string };
export type StatusDetails = NonNullable<Status['details']>;

/** A resource as refusals name it: `deployments.apps`, or `pods` for the core group. */
export interface ResourceName {
  group: string;
  resource: string;
}

/** A kind as validation failures name it: `Deployment.apps`, or `Pod` for the core group. */
export interface KindName {
  group: string;
  kind: string;
}

/** A refused request. `status()` is the body, `code` the HTTP status. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: StatusReason;
  readonly details: StatusDetails | undefined;
  /** Seconds for the Retry-After header. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, reason: StatusReason, message: string, details?: StatusDetails) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.retryAfterSeconds = details?.retryAfterSeconds;
  }

  status(): Status {
    const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: this.message };
    if (this.reason !== '') {
      status.reason = this.reason;
    }
    if (this.details) {
      status.details = this.details;
    }
    status.code = this.code;
    return status;
  }
}

/** Whether `error` is an ApiError, and optionally of this reason. */
export function isApiError(error: unknown, reason?: StatusReason): error is ApiError {
  return error instanceof ApiError && (reason === undefined || error.reason === reason);
}

/** `deployments.apps`; the core group adds nothing. */
export function qualifiedResource(name: ResourceName): string {
  return name.group === '' ? name.resource : `${name.resource}.${name.group}`;
}

/** `Deployment.apps`; the core group adds nothing. */
export function qualifiedKind(name: KindName): string {
  return name.group === '' ? name.kind : `${name.kind}.${name.group}`;
}

function resourceDetails(resource: ResourceName, name: string): StatusDetails {
  const details: StatusDetails = {};
  if (name !== '') {
    details.name = name;
  }
  if (resource.group !== '') {
    details.group = resource.group;
  }
  if (resource.resource !== '') {
    details.kind = resource.resource;
  }
  return details;
}

export function notFound(resource: ResourceName, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualifiedResource(resource)} "${name}" not found`, resourceDetails(resource, name));
}

/** The answer for a path that no handler serves. */
export function pathNotFound(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(resource: ResourceName, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${qualifiedResource(resource)} "${name}" already exists`, resourceDetails(resource, name));
}

/** `why` completes the sentence: `Operation cannot be fulfilled on pods "web": <why>`. */
export function conflict(resource: ResourceName, name: string, why: string): ApiError {
  return new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(resource)} "${name}": ${why}`,
    resourceDetails(resource, name),
  );
}

/** An update whose resourceVersion is no longer current. */
export function staleObject(resource: ResourceName, name: string): ApiError {
  return conflict(resource, name, 'the object has been modified; please apply your changes to the latest version and try again');
}

/** Admission or a policy says no: `pods "web" is forbidden: <why>`. */
export function forbidden(resource: ResourceName, name: string, why: string): ApiError {
  const subject =
    name === '' && resource.resource === ''
      ? `forbidden: ${why}`
      : name === ''
        ? `${qualifiedResource(resource)} is forbidden: ${why}`
        : `${qualifiedResource(resource)} "${name}" is forbidden: ${why}`;
  return new ApiError(403, 'Forbidden', subject, resourceDetails(resource, name));
}

/** Validation failed; `errors` must not be empty. Reads as field.ErrorList prints: one error bare, several in brackets. */
export function invalid(kind: KindName, name: string, errors: readonly FieldError[]): ApiError {
  const texts = unique(errors.map(fieldErrorText));
  const aggregate = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const details: StatusDetails = {};
  if (name !== '') {
    details.name = name;
  }
  if (kind.group !== '') {
    details.group = kind.group;
  }
  details.kind = kind.kind;
  details.causes = errors.map((error) => ({ reason: error.type, message: error.message, field: error.field }));
  const message =
    texts.length === 0 ? `${qualifiedKind(kind)} "${name}" is invalid` : `${qualifiedKind(kind)} "${name}" is invalid: ${aggregate}`;
  return new ApiError(422, 'Invalid', message, details);
}

/** `spec.replicas: Invalid value: -1: must be greater than or equal to 0` */
export function fieldErrorText(error: FieldError): string {
  return error.field === '' ? error.message : `${error.field}: ${error.message}`;
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized');
}

export function methodNotAllowed(resource: ResourceName | undefined, action: string): ApiError {
  if (!resource) {
    return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
  }
  const message = `${action} is not supported on resources of kind "${qualifiedResource(resource)}"`;
  return new ApiError(405, 'MethodNotAllowed', message, resourceDetails(resource, ''));
}

export function notAcceptable(accepted: readonly string[]): ApiError {
  return new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}

export function entityTooLarge(message: string): ApiError {
  return new ApiError(413, 'RequestEntityTooLarge', message);
}

/** A watch or a list continues from a revision that is no longer kept. */
export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

export function tooManyRequests(message: string, retryAfterSeconds: number, causes?: StatusCause[]): ApiError {
  return new ApiError(429, 'TooManyRequests', message, causes ? { causes, retryAfterSeconds } : { retryAfterSeconds });
}

export function internalError(message: string): ApiError {
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
