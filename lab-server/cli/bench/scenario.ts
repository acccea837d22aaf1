// What a scenario of a measurement is given, and what several of them put into a cluster.
import type { Config } from '../../config.ts';
import type { Figure } from './figures.ts';

export interface BenchServer {
  url: string;
  config: Config;
}

/** One measurement, on a server and a data folder of its own. */
export type Scenario = (server: BenchServer) => Promise<Figure[]>;

export function deploymentOf(name: string, replicas = 3): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'nginx', image: 'nginx:latest', ports: [{ containerPort: 80 }] }] } },
    },
  };
}
