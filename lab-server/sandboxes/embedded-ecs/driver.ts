// The embedded AWS as a sandbox: the host names of AWS, keys, and the authority that its certificates are signed by.
import type { Clock } from '../../base/index.ts';
import { AwsState } from '../aws-state.ts';
import { EmbeddedDriver, type EmbeddedPlatform } from '../embedded/driver.ts';
import type { LabContext, WorkspaceAccess } from '../sandbox.ts';
import type { EndpointAccess } from './access.ts';

/** As the AWS console names the file that it hands out with a new key. */
const KEYS_FILE = 'learner_accessKeys.csv';

const ecs: EmbeddedPlatform<EndpointAccess> = {
  platform: 'ecs',
  what: 'embedded AWS',
  stage: 'Starting the AWS endpoint',
  stageId: 'aws',
  folder: 'ecs',
  databaseFile: 'aws.sqlite',
  sources: {
    name: 'embedded-ecs',
    entry: new URL('./worker.ts', import.meta.url),
    folders: ['base', 'embedded/runtime', 'embedded/aws', 'sandboxes/embedded', 'sandboxes/embedded-ecs'],
  },
  // The endpoint's own address, and the public addresses that it hands out (lab-server/embedded/aws/published.ts).
  ranges: ['192.0.2.10/32', '198.18.0.0/15'],
  resolvesNames: true,
  openState: ({ url, region, observer }, onChanged, clock) =>
    new AwsState({ endpoint: url, region, credentials: observer }, onChanged, clock),
  workspaceAccess: (access, lab) => ({
    files: keyFiles(access, lab),
    env: ENVIRONMENT,
    // Only for a workspace without a network of its own, in which the host names of AWS lead to AWS.
    hostEnv: { ...ENVIRONMENT, AWS_ENDPOINT_URL: access.url },
    hosts: {},
    certificates: [access.authority],
  }),
};

const ENVIRONMENT = {
  /** A lab is no EC2 instance: clients need not wait for the metadata service to stay silent. */
  AWS_EC2_METADATA_DISABLED: 'true',
  /** Answers go to the terminal, which scrolls: a lesson's next command would otherwise be typed into a pager. */
  AWS_PAGER: '',
};

/** The learner's key, where AWS's clients look for it, or as the console hands it out. */
function keyFiles({ credentials, region }: EndpointAccess, lab: LabContext): WorkspaceAccess['files'] {
  const { accessKeyId, secretAccessKey } = credentials;
  if (lab.credentials === 'file') {
    return { [KEYS_FILE]: { content: `Access key ID,Secret access key\n${accessKeyId},${secretAccessKey}\n`, mode: 0o600 } };
  }
  return {
    '.aws/credentials': {
      content: `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
      mode: 0o600,
    },
    '.aws/config': { content: `[default]\nregion = ${region}\noutput = json\n`, mode: 0o600 },
  };
}

export class EmbeddedEcsDriver extends EmbeddedDriver<EndpointAccess> {
  constructor(options: { clock: Clock; memoryMb: number }) {
    super(ecs, options);
  }
}
