// Keys of records: every record belongs to an account and a region.

export interface Scope {
  account: string;
  region: string;
}

/** The start of every key of a scope's records. */
export function scopeKey(scope: Scope, ...parts: readonly string[]): string {
  return [scope.account, scope.region, ...parts].join('/');
}

/** `aws`, or that of China and of the government regions. */
export function partitionOf(region: string): string {
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** `arn:aws:ecs:us-east-1:123456789012:cluster/demo` */
export function arn(service: string, scope: Scope, resource: string): string {
  return `arn:${partitionOf(scope.region)}:${service}:${scope.region}:${scope.account}:${resource}`;
}

export interface ParsedArn {
  service: string;
  region: string;
  account: string;
  /** Everything after the fifth colon. */
  resource: string;
}

/** Undefined when the text is not an ARN. */
export function parseArn(text: string): ParsedArn | undefined {
  const match = /^arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws|):(.+)$/.exec(text);
  return match ? { service: match[1] ?? '', region: match[2] ?? '', account: match[3] ?? '', resource: match[4] ?? '' } : undefined;
}
