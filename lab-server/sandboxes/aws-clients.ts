// The AWS SDK's clients by service, each loaded when something first asks for it.
import { DocksideError } from '../base/index.ts';

/** A client module as this code uses it: classes by name, taken apart at this border alone. */
type ClientModule = Readonly<Record<string, unknown>>;

interface Service {
  load(): Promise<ClientModule>;
  /** Name of the client's class. */
  client: string;
}

/** Service names as AWS's endpoints have them. */
const SERVICES: Readonly<Record<string, Service>> = {
  'application-autoscaling': { load: () => import('@aws-sdk/client-application-auto-scaling'), client: 'ApplicationAutoScalingClient' },
  autoscaling: { load: () => import('@aws-sdk/client-auto-scaling'), client: 'AutoScalingClient' },
  cloudformation: { load: () => import('@aws-sdk/client-cloudformation'), client: 'CloudFormationClient' },
  ec2: { load: () => import('@aws-sdk/client-ec2'), client: 'EC2Client' },
  ecr: { load: () => import('@aws-sdk/client-ecr'), client: 'ECRClient' },
  ecs: { load: () => import('@aws-sdk/client-ecs'), client: 'ECSClient' },
  elasticloadbalancing: { load: () => import('@aws-sdk/client-elastic-load-balancing-v2'), client: 'ElasticLoadBalancingV2Client' },
  events: { load: () => import('@aws-sdk/client-eventbridge'), client: 'EventBridgeClient' },
  iam: { load: () => import('@aws-sdk/client-iam'), client: 'IAMClient' },
  logs: { load: () => import('@aws-sdk/client-cloudwatch-logs'), client: 'CloudWatchLogsClient' },
  monitoring: { load: () => import('@aws-sdk/client-cloudwatch'), client: 'CloudWatchClient' },
  secretsmanager: { load: () => import('@aws-sdk/client-secrets-manager'), client: 'SecretsManagerClient' },
  servicediscovery: { load: () => import('@aws-sdk/client-servicediscovery'), client: 'ServiceDiscoveryClient' },
  ssm: { load: () => import('@aws-sdk/client-ssm'), client: 'SSMClient' },
  sts: { load: () => import('@aws-sdk/client-sts'), client: 'STSClient' },
};

export const AWS_SERVICES = Object.keys(SERVICES);

export interface AwsClientSettings {
  region: string;
  /** Absent: AWS's own endpoints. */
  endpoint?: string;
  /** Absent: what the SDK finds by its own rules. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** Sends one operation, as the SDK has it. Rejects with the service's own error. */
export type Send = (operation: string, input: object, signal: AbortSignal) => Promise<Record<string, unknown>>;

interface SdkClient {
  send(command: object, options: { abortSignal: AbortSignal }): Promise<Record<string, unknown>>;
  destroy(): void;
}

/** The clients of one account and region. */
export class AwsClients implements Disposable {
  readonly #settings: AwsClientSettings;
  readonly #clients = new Map<string, Promise<{ module: ClientModule; client: SdkClient }>>();
  #isClosed = false;

  constructor(settings: AwsClientSettings) {
    this.#settings = settings;
  }

  /** Throws DocksideError `SANDBOX_STATE_UNREADABLE` for a service or an operation that the SDK does not have. */
  async send(service: string, operation: string, input: object, signal: AbortSignal): Promise<Record<string, unknown>> {
    const { module, client } = await this.#client(service);
    const command = module[`${operation}Command`];
    if (!isClass(command)) {
      throw unknown(`The service ${service} has no operation ${operation}.`);
    }
    return await client.send(new command(input), { abortSignal: signal });
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const made of this.#clients.values()) {
      void made.then(({ client }) => client.destroy()).catch(() => undefined);
    }
    this.#clients.clear();
  }

  #client(service: string): Promise<{ module: ClientModule; client: SdkClient }> {
    let made = this.#clients.get(service);
    if (!made) {
      made = this.#make(service);
      this.#clients.set(service, made);
      made.catch(() => this.#clients.delete(service));
    }
    return made;
  }

  async #make(service: string): Promise<{ module: ClientModule; client: SdkClient }> {
    const known = SERVICES[service];
    if (!known) {
      throw unknown(`There is no client for the service ${service}; ${AWS_SERVICES.join(', ')} are there.`);
    }
    const module = await known.load();
    const Client = module[known.client];
    if (this.#isClosed || !isClass(Client)) {
      throw unknown(`The client of ${service} cannot be made.`);
    }
    // One retry: whoever asks asks again after the next change.
    return { module, client: new Client({ ...this.#settings, maxAttempts: 2 }) as SdkClient };
  }
}

function isClass(value: unknown): value is new (input: object) => object {
  return typeof value === 'function';
}

function unknown(message: string): DocksideError {
  return new DocksideError('SANDBOX_STATE_UNREADABLE', message, { status: 502 });
}
