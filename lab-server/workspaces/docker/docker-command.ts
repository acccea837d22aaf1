// The `docker` program as the client of the Docker Engine API: it is the one that its makers keep, it knows contexts, remote engines and
// Podman's, and terminals need it in any case, since they live in the pty host and not in the server.
import { z } from 'zod';
import { DocksideError } from '../../base/index.ts';
import type { PtyCommand } from '../../terminals/index.ts';
import { runCommand } from '../command-runner.ts';

const QUICK_MS = 20_000;
const idsSchema = z
  .string()
  .transform((text) => text.split('\n').filter(Boolean))
  .pipe(z.array(z.string().regex(/^[0-9a-f]{12,64}$/)));

export interface DockerOptions {
  /** Absolute path of the program. */
  file: string;
  /** Where the engine is: PATH, HOME and DOCKER_* of the server's environment. */
  environment: Readonly<Record<string, string>>;
}

export class Docker {
  readonly #options: DockerOptions;

  constructor(options: DockerOptions) {
    this.#options = options;
  }

  /** The command for `docker …`, to be run by whoever keeps it. */
  command(args: readonly string[]): PtyCommand {
    const { file, environment } = this.#options;
    return { file, args: [...args], env: environment, cwd: '/' };
  }

  /** Runs `docker …` to its end. Rejects with the engine's own sentence. */
  async run(args: readonly string[]): Promise<string> {
    const result = await runCommand(this.command(args), { timeoutMs: QUICK_MS });
    if (result.exitCode !== 0) {
      const reason = result.timedOut
        ? `it did not answer within ${QUICK_MS / 1000} s`
        : result.stderr.trim() || `exit code ${result.exitCode}`;
      throw new DocksideError('WORKSPACE_DOCKER_FAILED', `docker ${args[0] ?? ''} failed: ${reason}`, { status: 503 });
    }
    return result.stdout;
  }

  /** Ids of the containers with this label, stopped ones included. */
  async containers(label: string): Promise<string[]> {
    return idsSchema.parse(await this.run(['ps', '--all', '--quiet', '--filter', `label=${label}`]));
  }

  /** Removes containers with everything that runs in them; those that are gone already do not matter. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) {
      await this.run(['rm', '--force', '--volumes', ...ids]).catch((error: unknown) => {
        if (!(error instanceof Error && /No such container|already in progress/i.test(error.message))) {
          throw error;
        }
      });
    }
  }
}
