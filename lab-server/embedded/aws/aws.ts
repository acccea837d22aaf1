// An embedded AWS endpoint: the gateway and the services behind it, for one lab or one developer.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/index.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { endpointCertificates } from './gateway/certificates.ts';
import { accessKeys } from './gateway/credentials.ts';
import { Gateway } from './gateway/gateway.ts';
import { listen, type Listener } from './gateway/server.ts';
import { MODELS_FOLDER } from './model/generate.ts';
import { LEARNER_ADDRESS, publishedNetwork, type PublishedNetwork } from './published.ts';
import { worldOf } from './services/ecs/world.ts';
import { refusalOf } from './services/iam/authorization.ts';
import { keepAdministrator } from './services/iam/administrator.ts';
import { newId } from './services/iam/state.ts';
import { services } from './services/index.ts';
import type { AwsContext, AwsDelays } from './services/service.ts';
import { Tables } from './state/tables.ts';

export const DEFAULT_ACCOUNT = '123456789012';
export const DEFAULT_REGION = 'us-east-1';
const DEFAULT_DELAYS: AwsDelays = { provisioning: 150, pull: 200, instanceBoot: 500, deprovisioning: 100, loadBalancer: 1 };

export interface AwsOptions {
  clock: Clock;
  runtime: Runtime;
  /** SQLite file, or `:memory:`. */
  databaseFile: string;
  listen: { host: string; port: number };
  delays?: Partial<AwsDelays>;
  /** Takes every key without verifying and offers POST /_embedded/reset. For other people's test suites. */
  anyCredentials?: boolean;
  onGap?: (service: string, operation: string) => void;
  /** Told of failures that are bugs of the endpoint. The default warns on the process. */
  onFailure?: (error: unknown) => void;
}

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface AwsEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; the same port speaks HTTPS as well. */
  readonly url: string;
  /** PEM of the authority that signs the endpoint's certificates. */
  readonly authority: string;
  readonly region: string;
  readonly account: string;
  /** The learner's key: a user with full rights in the account. */
  readonly credentials: AwsCredentials;
  /** A key of the account's root, which no policy can lock out: for whoever only looks at the state. */
  readonly observer: AwsCredentials;
  readonly context: AwsContext;
  /** Addresses of the endpoint, of tasks and of instances, for a terminal outside the simulated network. */
  readonly network: PublishedNetwork;
}

export async function startAws(options: AwsOptions): Promise<AwsEndpoint> {
  await using cleanup = new AsyncDisposableStack();
  const tables = cleanup.use(new Tables(options.databaseFile));
  const certificates = endpointCertificates(tables, () => options.clock.now());
  const keys = ownKeys(tables, options.clock.now());
  if (!options.anyCredentials) {
    keepAdministrator(tables, { account: DEFAULT_ACCOUNT, name: LEARNER, createdAt: options.clock.now() });
  }
  const context: AwsContext = {
    clock: options.clock,
    tables,
    runtime: options.runtime,
    // The suites of mocks look at instances right after they were asked for.
    delays: { ...DEFAULT_DELAYS, ...(options.anyCredentials ? { instanceBoot: 0, deprovisioning: 0 } : {}), ...options.delays },
    call: (service, operation, input, as) => gateway.call(service, operation, input, as),
    takesPlaceholders: options.anyCredentials ?? false,
    refusal: (principal, wanted, request = {}) =>
      // The lab's own key cannot be locked out; with --any-credentials nobody can.
      options.anyCredentials || principal.arn === learnerArn(DEFAULT_ACCOUNT)
        ? undefined
        : refusalOf(principal, wanted, tables, {
            input: request.input ?? {},
            region: request.region ?? DEFAULT_REGION,
            sourceAddress: request.sourceAddress ?? '',
            now: options.clock.now(),
          }),
  };
  const gateway = new Gateway({
    services: new Map(services.map((service) => [service.name, service])),
    modelsFolder: MODELS_FOLDER,
    credentials: options.anyCredentials ? { mode: 'any', account: DEFAULT_ACCOUNT } : { mode: 'verified' },
    context,
    onGap: options.onGap,
    onFailure: options.onFailure ?? warn,
  });
  let running = cleanup.adopt(startServices(context), (services) => services[Symbol.dispose]());
  const listener: Listener = cleanup.use(
    await listen({
      ...options.listen,
      certificates,
      insideAddress: LEARNER_ADDRESS,
      answer: (request, source) => {
        if (options.anyCredentials && request.method === 'POST' && request.path === '/_embedded/reset') {
          running[Symbol.dispose]();
          tables.clear();
          certificates.keep();
          ownKeys(tables, options.clock.now(), keys);
          running = startServices(context);
          return Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, body: '{"reset":true}' });
        }
        return gateway.answer(request, source);
      },
      upgrade: (request, socket, head) => worldOf(context).sessions.upgrade(request, socket, head),
    }),
  );
  const owned = cleanup.move();
  return {
    url: `http://${options.listen.host}:${listener.port}`,
    region: DEFAULT_REGION,
    account: DEFAULT_ACCOUNT,
    authority: certificates.authority,
    credentials: keys.learner,
    observer: keys.observer,
    context,
    network: publishedNetwork({ context, runtime: options.runtime, serve: (port) => listener.connect(port) }),
    async [Symbol.asyncDispose]() {
      running[Symbol.dispose]();
      await owned.disposeAsync();
    },
  };
}

function startServices(context: AwsContext): DisposableStack {
  const running = new DisposableStack();
  for (const service of services) {
    const started = service.start?.(context);
    if (started) {
      running.use(started);
    }
  }
  return running;
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

const LEARNER = 'learner';

function learnerArn(account: string): string {
  return `arn:aws:iam::${account}:user/${LEARNER}`;
}

interface OwnKeys {
  learner: AwsCredentials;
  observer: AwsCredentials;
}

/** The endpoint's own keys, made at the first start and kept; `given` are those that clients have already. */
function ownKeys(tables: Tables, createdAt: number, given?: OwnKeys): OwnKeys {
  return {
    learner: keyOf(tables, { arn: learnerArn(DEFAULT_ACCOUNT), userId: newId('AIDA') }, createdAt, given?.learner),
    observer: keyOf(tables, { arn: `arn:aws:iam::${DEFAULT_ACCOUNT}:root`, userId: DEFAULT_ACCOUNT }, createdAt, given?.observer),
  };
}

function keyOf(tables: Tables, owner: { arn: string; userId: string }, createdAt: number, given?: AwsCredentials): AwsCredentials {
  const keys = accessKeys(tables);
  // The oldest: its owner may have made more keys since.
  let key = keys
    .list()
    .filter((one) => one.arn === owner.arn)
    .toSorted((left, right) => left.createdAt - right.createdAt)[0];
  if (!key) {
    const pair = given ?? { accessKeyId: newId('AKIA').slice(0, 20), secretAccessKey: randomBytes(30).toString('base64') };
    key = { ...owner, ...pair, account: DEFAULT_ACCOUNT, status: 'Active', createdAt };
    keys.put(key.accessKeyId, key);
  }
  return { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey };
}
