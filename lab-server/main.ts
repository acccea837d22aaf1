// Wires the lab server together: from a configuration to a server that listens, and back down in one way.
import { pino } from 'pino';
import { dirname, join } from 'node:path';
import { DocksideError, messageOf, SystemClock } from './base/index.ts';
import { type Config, loadCookieSecret, prepareDataFolder } from './config.ts';
import { createDrivers } from './drivers.ts';
import { loadExercises } from './grading/index.ts';
import { buildApp } from './http/app.ts';
import { loadChapters } from './progress/index.ts';
import { Labs } from './labs/index.ts';
import { lockFolder, openStore } from './store/index.ts';

export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:4321` */
  readonly url: string;
  /** Name of the workspace driver in use. */
  readonly workspace: string;
  /** Resolves when the labs from before a restart have been looked at. */
  readonly tookUp: Promise<void>;
}

/** Starts the server. Throws DocksideError with a sentence that says what to do when it cannot. */
export async function startServer(config: Config): Promise<RunningServer> {
  prepareDataFolder(config.dataFolder);
  const clock = new SystemClock();
  // To stderr: what a command prints on stdout is for whoever called it.
  const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }));
  // What is opened here is closed in reverse order, also when a later step fails.
  await using opened = new AsyncDisposableStack();
  opened.use(lockFolder(config.dataFolder));
  const store = opened.use(await openStore(join(config.dataFolder, 'dockside.sqlite')));
  const drivers = opened.use(createDrivers(config, { clock, warn: (message) => log.warn(message) }));
  drivers.warm();
  const workspaceDriver = await drivers.chooseWorkspace();
  const labs = opened.use(
    new Labs({
      folder: join(config.dataFolder, 'labs'),
      exercises: loadExercises(config.exercisesFolder),
      store,
      clock,
      sandboxDrivers: drivers.sandboxDrivers,
      workspaceDriver,
      workspaceLimits: config.workspaceLimits,
      ...config.labs,
      onProblem: (problem, error) => log.error({ err: error }, problem),
    }),
  );
  await labs.recall();
  let ready = false;
  const app = await buildApp({
    labs,
    store,
    clock,
    cookieSecret: loadCookieSecret(config.dataFolder),
    siteFolder: config.siteFolder,
    chapters: loadChapters(dirname(config.exercisesFolder)),
    borders: { origins: config.origins },
    trustProxy: config.trustProxy,
    log,
    isReady: () => ready,
  });
  opened.defer(() => app.close());
  const url = await listen(app, config);
  const tookUp = labs.takeUp().then(
    () => void (ready = true),
    (error: unknown) => {
      ready = true;
      log.error({ err: error }, 'take up labs');
    },
  );
  const owned = opened.move();
  return { url, workspace: workspaceDriver.name, tookUp, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function listen(app: Awaited<ReturnType<typeof buildApp>>, config: Config): Promise<string> {
  try {
    return await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const where = `${config.host}:${config.port}`;
    const sentence =
      code === 'EADDRINUSE'
        ? `The address ${where} is in use: stop what listens there, or choose another port with DOCKSIDE_PORT.`
        : code === 'EACCES'
          ? `This user may not listen on ${where}: choose a port from 1024 on with DOCKSIDE_PORT.`
          : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
            ? `This machine has no address ${config.host}: set DOCKSIDE_HOST to one it has, such as 127.0.0.1.`
            : `The server cannot listen on ${where}: ${messageOf(error)}.`;
    throw new DocksideError('SERVER_CANNOT_LISTEN', sentence, { cause: error });
  }
}
