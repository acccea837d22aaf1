// A kubeconfig as an endpoint. Credentials written in it are used as they are; for a login program the Kubernetes client's own code is loaded.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { DocksideError, parseInput } from '../base/index.ts';
import type { KubernetesEndpoint } from './kubernetes-state.ts';

const kubeconfigSchema = z.object({
  'current-context': z.string(),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string(), namespace: z.string().optional() }) }),
  ),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.url(),
        'certificate-authority-data': z.base64().optional(),
        'certificate-authority': z.string().optional(),
        'insecure-skip-tls-verify': z.boolean().optional(),
        'tls-server-name': z.string().optional(),
      }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        'client-certificate-data': z.base64().optional(),
        'client-certificate': z.string().optional(),
        'client-key-data': z.base64().optional(),
        'client-key': z.string().optional(),
        token: z.string().optional(),
        tokenFile: z.string().optional(),
        exec: z.unknown().optional(),
        'auth-provider': z.unknown().optional(),
      }),
    }),
  ),
});

/** Reads the current context of a kubeconfig's text. `folder` resolves relative file names in it. Throws DocksideError `INPUT_INVALID`. */
export function endpointFromKubeconfig(text: string, folder = '.', contextName?: string): KubernetesEndpoint {
  const config = parseInput(kubeconfigSchema, parse(text), 'the kubeconfig');
  const wanted = contextName ?? config['current-context'];
  const context = config.contexts.find((candidate) => candidate.name === wanted)?.context;
  const cluster = config.clusters.find((candidate) => candidate.name === context?.cluster)?.cluster;
  const user = config.users.find((candidate) => candidate.name === context?.user)?.user;
  if (!cluster || !user) {
    const known = config.contexts.map((candidate) => candidate.name).join(', ') || 'none';
    throw new DocksideError(
      'INPUT_INVALID',
      `The kubeconfig's context ${wanted} does not name a cluster and a user in it; its contexts are: ${known}.`,
      {
        status: 400,
      },
    );
  }
  const fileOrData = (data: string | undefined, file: string | undefined): Buffer | undefined =>
    data === undefined ? (file === undefined ? undefined : readFileSync(resolve(folder, file))) : Buffer.from(data, 'base64');
  const fixed = {
    ca: fileOrData(cluster['certificate-authority-data'], cluster['certificate-authority']),
    cert: fileOrData(user['client-certificate-data'], user['client-certificate']),
    key: fileOrData(user['client-key-data'], user['client-key']),
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
    servername: cluster['tls-server-name'],
  };
  const { tokenFile, token } = user;
  const needsProgram = user.exec !== undefined || user['auth-provider'] !== undefined;
  return {
    server: cluster.server,
    async credentials() {
      const bearer = needsProgram
        ? await bearerFromProgram(text, wanted)
        : tokenFile === undefined
          ? token
          : readFileSync(resolve(folder, tokenFile), 'utf8').trim();
      return bearer === undefined ? fixed : { ...fixed, headers: { authorization: `Bearer ${bearer}` } };
    },
  };
}

/** The same for a file. */
export function endpointFromKubeconfigFile(file: string, contextName?: string): KubernetesEndpoint {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new DocksideError('INPUT_INVALID', `The kubeconfig ${file} cannot be read: name a file that exists with --kubeconfig.`, {
      status: 400,
      cause: error,
    });
  }
  return endpointFromKubeconfig(text, dirname(file), contextName);
}

/** Runs the login program that the kubeconfig names (`aws eks get-token` and the like), through the Kubernetes client. */
async function bearerFromProgram(text: string, context: string): Promise<string | undefined> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromString(text);
  config.setCurrentContext(context);
  const options: { headers?: Record<string, string | string[]> } = {};
  await config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0]);
  const header = options.headers?.Authorization;
  return typeof header === 'string' ? header.replace(/^Bearer /, '') : undefined;
}
