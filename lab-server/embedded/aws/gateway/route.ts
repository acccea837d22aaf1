// Which service and region a request is for: by host name, else by the scope of its signature.

export interface Route {
  service: string;
  region: string;
}

/** Endpoint prefixes that are not the service's own name. */
const HOST_ALIASES: Readonly<Record<string, string>> = {
  'api.ecr': 'ecr',
  email: 'ses',
  'api.pricing': 'pricing',
  'data-servicediscovery': 'servicediscovery',
};
/** Services with one endpoint for all regions. Their state is kept under us-east-1. */
const GLOBAL_SERVICES = new Set(['iam', 'pricing']);
export const GLOBAL_REGION = 'us-east-1';

/** `ecs.eu-west-1.amazonaws.com`, `iam.amazonaws.com`, `ecs.us-gov-west-1.api.aws`; undefined for other hosts. */
export function routeByHost(host: string | undefined): Route | undefined {
  const name = host?.replace(/:\d+$/, '').toLowerCase();
  // The name leads to a model's file: nothing but letters, digits and hyphens between dots.
  const match = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*?)(?:\.([a-z]{2}(?:-[a-z]+)+-\d))?(?:\.amazonaws\.com(?:\.cn)?|\.api\.aws)$/.exec(name ?? '');
  if (!match) {
    return undefined;
  }
  const prefix = match[1] as string;
  return normalised(HOST_ALIASES[prefix] ?? prefix, match[2] ?? GLOBAL_REGION);
}

/** The scope of a Signature Version 4: `AKIA…/20260101/us-east-1/ecs/aws4_request`. */
export function routeByScope(credential: { region: string; service: string } | undefined): Route | undefined {
  return credential && normalised(credential.service, credential.region);
}

/** The two actions of STS that clients do not sign are known by their name. */
export function routeByUnsignedAction(request: { body: Buffer; query: URLSearchParams }): Route | undefined {
  const action = request.query.get('Action') ?? /(?:^|&)Action=(\w+)/.exec(request.body.subarray(0, 4096).toString('latin1'))?.[1] ?? '';
  return /^AssumeRoleWith(WebIdentity|SAML)$/.test(action) ? { service: 'sts', region: GLOBAL_REGION } : undefined;
}

function normalised(service: string, region: string): Route {
  return { service, region: GLOBAL_SERVICES.has(service) ? GLOBAL_REGION : region };
}
