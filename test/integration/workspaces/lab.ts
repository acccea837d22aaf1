// Builds workspaces in a data folder of the test's own, and proves at the end that nothing of them is left.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkspaceAccess } from '../../../lab-server/sandboxes/sandbox.ts';
import { PtyHost } from '../../../lab-server/terminals/index.ts';
import {
  BubblewrapDriver,
  type BubblewrapOptions,
  type Workspace,
  type WorkspaceDriver,
  type WorkspaceLimits,
} from '../../../lab-server/workspaces/index.ts';

export const LIMITS: WorkspaceLimits = {
  diskBytes: 64 * 1024 * 1024,
  files: 2000,
  memoryBytes: 1024 * 1024 * 1024,
  processes: 100,
  openFiles: 512,
};

export interface LabOptions {
  id?: string;
  files?: Record<string, string>;
  access?: Partial<WorkspaceAccess>;
  limits?: Partial<WorkspaceLimits>;
}

/** Makes the driver under test; bubblewrap's where a test does not say otherwise. */
export type MakeDriver = (options: BubblewrapOptions) => WorkspaceDriver;

/** A server's worth of workspaces. `restart` is what a restart of the server is to them. */
export class Labs implements AsyncDisposable {
  readonly dataFolder: string;
  readonly warnings: string[] = [];
  #driverOptions: Partial<BubblewrapOptions>;
  readonly #workspaces = new Set<Workspace>();
  ptyHost: PtyHost;
  driver: WorkspaceDriver;
  readonly #make: MakeDriver;

  static async open(
    driverOptions: Partial<BubblewrapOptions> = {},
    make: MakeDriver = (options) => new BubblewrapDriver(options),
  ): Promise<Labs> {
    return new Labs(await mkdtemp(join(tmpdir(), 'dockside-workspaces-')), driverOptions, make);
  }

  private constructor(dataFolder: string, driverOptions: Partial<BubblewrapOptions>, make: MakeDriver) {
    this.dataFolder = dataFolder;
    this.#driverOptions = driverOptions;
    this.#make = make;
    this.ptyHost = new PtyHost({ dataFolder });
    this.driver = this.#makeDriver();
  }

  async workspace({ id = 'lab1', files = {}, access = {}, limits = {} }: LabOptions = {}): Promise<Workspace> {
    const workspace = await this.driver.create(
      {
        labId: id,
        folder: this.folder(id),
        files,
        access: [{ files: {}, env: {}, hosts: {}, ...access }],
        limits: { ...LIMITS, ...limits },
      },
      new AbortController().signal,
    );
    this.#workspaces.add(workspace);
    return workspace;
  }

  folder(id: string): string {
    return join(this.dataFolder, 'labs', id);
  }

  async restart(driverOptions = this.#driverOptions): Promise<void> {
    this.#driverOptions = driverOptions;
    for (const workspace of this.#workspaces) {
      await workspace[Symbol.asyncDispose]();
    }
    this.#workspaces.clear();
    await this.ptyHost[Symbol.asyncDispose]();
    this.ptyHost = new PtyHost({ dataFolder: this.dataFolder });
    this.driver = this.#makeDriver();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const leftovers = [];
    for (const workspace of this.#workspaces) {
      leftovers.push(...(await workspace.close()));
    }
    await this.ptyHost.shutdown();
    await rm(this.dataFolder, { recursive: true, force: true });
    if (leftovers.length > 0) {
      throw new Error(`closing the labs left something behind: ${JSON.stringify(leftovers)}`);
    }
  }

  #makeDriver(): WorkspaceDriver {
    return this.#make({
      ptyHost: this.ptyHost,
      folder: join(this.dataFolder, 'workspaces'),
      path: process.env['PATH'] ?? '',
      warn: (message) => this.warnings.push(message),
      ...this.#driverOptions,
    });
  }
}
