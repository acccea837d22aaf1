// The form of resources in policy documents, and IAM's words for what breaks it.

const PARTITIONS = new Set(['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', '*']);
const IAM_KINDS = [
  'user',
  'federated-user',
  'role',
  'group',
  'instance-profile',
  'mfa',
  'server-certificate',
  'policy',
  'sms-mfa',
  'saml-provider',
  'oidc-provider',
  'report',
  'access-report',
].map((kind) => `${kind}/`);
const ARN_PARTS = 6;

/** What is wrong with a resource; `legacy` where IAM says no more than that. Undefined when it is well formed. */
export function resourceProblem(resource: string): string | undefined {
  if (resource === '*') {
    return undefined;
  }
  const parts = resource.split(':');
  if (parts.length === 1) {
    return `Resource ${resource} must be in ARN format or "*".`;
  }
  const [, partition = '', service = '', region = ''] = parts;
  if (!PARTITIONS.has(partition) && !partition.includes('*') && !partition.includes('$')) {
    const padded = [...parts.slice(1), ...Array<string>(ARN_PARTS).fill('*')].slice(0, Math.max(ARN_PARTS, parts.length) - 1);
    return `Partition "${partition}" is not valid for resource "arn:${padded.join(':')}".`;
  }
  if (parts.length === 2) {
    return 'Resource vendor must be fully qualified and cannot contain regexes.';
  }
  if (service === '' || (parts.length > 3 && parts.length < ARN_PARTS)) {
    return 'legacy';
  }
  if (service === 'iam' && parts.length >= ARN_PARTS) {
    return iamProblem(resource, region, parts.slice(5).join(':'));
  }
  if (service === 's3' && region !== '' && region !== '*' && parts[4] === '') {
    return `Resource ${resource} can not contain region information.`;
  }
  return undefined;
}

function iamProblem(resource: string, region: string, path: string): string | undefined {
  if (region !== '' && region !== '*') {
    return `IAM resource ${resource} cannot contain region information.`;
  }
  const isKnown = path.startsWith('*') || path === 'root' || path.includes('$') || IAM_KINDS.some((kind) => path.startsWith(kind));
  return isKnown ? undefined : `IAM resource path must either be "*" or start with ${IAM_KINDS.join(', ')}.`;
}
