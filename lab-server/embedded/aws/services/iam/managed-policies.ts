// AWS's own managed policies by ARN. AWS has over a thousand; those that are not here are missing, which the fidelity list says.
import { CONTAINER_POLICIES } from './container-policies.ts';
import { ADMINISTRATION_POLICIES, SERVICE_POLICIES } from './service-policies.ts';

/** When AWS made its oldest managed policies: 2015-02-06. */
const CREATED = 1_423_180_800_000;
const ID_LENGTH = 17;

export interface AwsPolicy {
  PolicyName: string;
  PolicyId: string;
  Arn: string;
  Path: string;
  DefaultVersionId: string;
  IsAttachable: boolean;
  CreateDate: number;
  UpdateDate: number;
  document: string;
}

/** An id that is the policy's own and stays the same. */
function idOf(name: string): string {
  const letters = Buffer.from(name).reverse().toString('hex').toUpperCase();
  return `ANPA${letters.padEnd(ID_LENGTH, 'A').slice(0, ID_LENGTH)}`;
}

const ALL: ReadonlyMap<string, AwsPolicy> = new Map(
  [...CONTAINER_POLICIES, ...ADMINISTRATION_POLICIES, ...SERVICE_POLICIES].map(({ path = '/', name, version = 1, statements }) => {
    const Arn = `arn:aws:iam::aws:policy${path}${name}`;
    const policy: AwsPolicy = {
      PolicyName: name,
      PolicyId: idOf(name),
      Arn,
      Path: path,
      DefaultVersionId: `v${version}`,
      IsAttachable: !path.startsWith('/aws-service-role/'),
      CreateDate: CREATED,
      UpdateDate: CREATED,
      document: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    };
    return [Arn, policy];
  }),
);

export function awsPolicies(): readonly AwsPolicy[] {
  return [...ALL.values()];
}

export function awsPolicy(arn: string): AwsPolicy | undefined {
  return ALL.get(arn);
}
