// A directory whose files change all at once: a dated folder, `..data` that points at it, and a link per file, as the kubelet lays it out.
import type { IFileSystem } from 'just-bash';
import type { Clock } from '../../../../base/index.ts';
import { createMemoryFileSystem } from '../../../runtime/files/memory-file-system.ts';
import type { PayloadFile } from './payload.ts';

export class AtomicDirectory {
  readonly files: IFileSystem;
  #current: string | undefined;
  #written = '';

  constructor(clock: Clock) {
    this.files = createMemoryFileSystem(clock);
  }

  /** Shows these files and no others. `stamp` names the dated folder. Does nothing when nothing changed. */
  async write(payload: readonly PayloadFile[], stamp: string): Promise<void> {
    const signature = JSON.stringify(payload.map(({ path, content, mode }) => [path, Buffer.from(content).toString('base64'), mode]));
    if (signature === this.#written) {
      return;
    }
    this.#written = signature;
    if (!this.#current) {
      await this.files.chmod('/', 0o1777);
    }
    const folder = `/..${stamp}`;
    await this.files.mkdir(folder, { recursive: true });
    for (const { path, content, mode } of payload) {
      const target = `${folder}/${path}`;
      await this.files.mkdir(target.slice(0, target.lastIndexOf('/')), { recursive: true });
      await this.files.writeFile(target, content);
      await this.files.chmod(target, mode);
    }
    await this.#link(folder.slice(1), '/..data');
    const wanted = new Set(payload.map(({ path }) => path.split('/')[0] ?? path));
    for (const name of await this.files.readdir('/')) {
      if (!name.startsWith('..') && !wanted.has(name)) {
        await this.files.rm(`/${name}`, { force: true });
      }
    }
    for (const name of wanted) {
      await this.#link(`..data/${name}`, `/${name}`);
    }
    if (this.#current && this.#current !== folder) {
      await this.files.rm(this.#current, { recursive: true, force: true });
    }
    this.#current = folder;
  }

  async #link(target: string, path: string): Promise<void> {
    await this.files.rm(path, { force: true });
    await this.files.symlink(target, path);
  }
}
