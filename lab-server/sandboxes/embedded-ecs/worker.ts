// The thread of one embedded AWS endpoint: its services, its simulated containers and its network live here and nowhere else.
import { startAws } from '../../embedded/aws/aws.ts';
import { createRuntime } from '../../embedded/runtime/index.ts';
import { hostSandbox } from '../embedded/worker-host.ts';
import type { EndpointAccess } from './access.ts';

hostSandbox<EndpointAccess>(async (clock, databaseFile) => {
  await using opening = new AsyncDisposableStack();
  const runtime = opening.use(createRuntime({ clock }));
  const aws = opening.use(await startAws({ clock, runtime, databaseFile, listen: { host: '127.0.0.1', port: 0 } }));
  const owned = opening.move();
  const { url, region, credentials, observer, authority, network } = aws;
  return {
    access: { url, region, credentials, observer, authority },
    published: () => network.published(),
    onPublished: (listener) => network.onChange(listener),
    onChanged: (listener) => aws.context.tables.onWrite((tables) => listener(servicesOf(tables))),
    resolve: (name) => network.resolve(name),
    connect: (address, port) => network.connect({ address, port }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
});

/** Tables are named after their service: `ecs.tasks`. */
function servicesOf(tables: ReadonlySet<string>): string[] {
  return [...new Set([...tables].map((table) => table.split('.')[0] ?? table))];
}
