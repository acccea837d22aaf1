// Parameters that AWS publishes, of which ECS clients read the recommended machine image.
import type { Call } from '../service.ts';
import type { Parameter } from './parameter.ts';

const ECS_IMAGE =
  /^\/aws\/service\/ecs\/optimized-ami\/([a-z0-9-]+(?:\/[a-z0-9-]+)?)\/recommended(?:\/(image_id|image_name|ecs_agent_version))?$/;
const AGENT_VERSION = '1.99.0';

/** The image id that stands for a machine of the embedded endpoint; the same for every variant. */
export const ECS_IMAGE_ID = 'ami-0d0c05de51de00001';

/** Amazon Linux as it is: any variant of 2023 by its processor, and Amazon Linux 2. */
const LINUX_IMAGE = /^\/aws\/service\/ami-amazon-linux-latest\/(al2023-ami|amzn2-ami)-[a-z0-9._-]*?(x86_64|arm64)(?:-(?:gp2|ebs))?$/;
const LINUX_IDS: Readonly<Record<string, string>> = {
  'al2023-ami x86_64': 'ami-0d0c05de51de00003',
  'al2023-ami arm64': 'ami-0d0c05de51de00004',
  'amzn2-ami x86_64': 'ami-0d0c05de51de00005',
};

/** A public parameter by name; undefined when AWS has none of that name here. */
export function publicParameter(name: string, call: Call): Parameter | undefined {
  const linux = LINUX_IMAGE.exec(name);
  const linuxId = linux && LINUX_IDS[`${linux[1] ?? ''} ${linux[2] ?? ''}`];
  if (linuxId) {
    return parameter(name, linuxId, 'aws:ec2:image', call);
  }
  const match = ECS_IMAGE.exec(name);
  if (!match) {
    return undefined;
  }
  const [, variant = '', field] = match;
  const description = {
    ecs_agent_version: AGENT_VERSION,
    ecs_runtime_version: 'Docker version 25.0.8',
    image_id: ECS_IMAGE_ID,
    image_name: `${variant.replace('/', '-')}-ami-ecs-hvm-2026.0.0-x86_64-ebs`,
    image_version: '2026.0.0',
    os: variant.startsWith('amazon-linux-2023') ? 'Amazon Linux 2023' : 'Amazon Linux 2',
    schema_version: 1,
  };
  const value = field === undefined ? JSON.stringify(description) : String(description[field as keyof typeof description]);
  return parameter(name, value, field === 'image_id' ? 'aws:ec2:image' : 'text', call);
}

function parameter(name: string, value: string, dataType: Parameter['dataType'], call: Call): Parameter {
  return {
    name,
    type: 'String',
    tier: 'Standard',
    dataType,
    tags: {},
    revisions: [{ value, version: 1, lastModifiedDate: call.clock.now(), lastModifiedUser: 'arn:aws:iam::aws:root', labels: [] }],
  };
}

const VARIANTS = ['amazon-linux-2', 'amazon-linux-2/arm64', 'amazon-linux-2023', 'amazon-linux-2023/arm64'];
const FIELDS = ['', '/ecs_agent_version', '/image_id', '/image_name'];

/** The public parameters whose names begin with a path. */
export function publicParametersUnder(path: string, call: Call): Parameter[] {
  return VARIANTS.flatMap((variant) => FIELDS.map((field) => `/aws/service/ecs/optimized-ami/${variant}/recommended${field}`))
    .filter((name) => name.startsWith(path))
    .flatMap((name) => publicParameter(name, call) ?? []);
}
