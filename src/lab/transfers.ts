// Files on their way between the reader's disk and the lab, with how far they are and a way to stop them.
import { errorBodySchema } from '../../lab-server/protocol/index.ts';
import { archiveAddress, fileAddress } from './lab-api.ts';
import { must } from './page.ts';

const ARCHIVE = /\.(?:tar\.gz|tgz)$/i;

export class Transfers {
  readonly #bar: HTMLElement;
  readonly #progress: HTMLProgressElement;
  readonly #text: HTMLElement;
  readonly #say: (text: string) => void;
  #stop: (() => void) | undefined;

  constructor(dock: HTMLElement, say: (text: string) => void) {
    this.#bar = must(dock, '[data-transfer]');
    this.#progress = must(this.#bar, 'progress');
    this.#text = must(this.#bar, '[data-transfer-text]');
    this.#say = say;
    must(this.#bar, '[data-transfer-stop]').addEventListener('click', () => {
      this.#stop?.();
      this.#bar.hidden = true;
    });
  }

  /** The browser's own download: it shows how far it is, and where the file goes. */
  download(lab: string): void {
    const link = document.createElement('a');
    link.href = archiveAddress(lab);
    link.download = '';
    link.click();
  }

  /** One archive is unpacked; other files go into the home folder under their names. The first that is refused ends it, and the bar says why. */
  async upload(lab: string, files: readonly File[]): Promise<void> {
    for (const [index, file] of files.entries()) {
      const isArchive = ARCHIVE.test(file.name);
      const count = files.length > 1 ? ` (${index + 1} of ${files.length})` : '';
      this.#show(`Uploading ${file.name}${count}`);
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that the bar means something
      const problem = await (isArchive
        ? this.#send('POST', archiveAddress(lab), 'application/gzip', file)
        : this.#send('PUT', fileAddress(lab, file.name), 'application/octet-stream', file));
      if (problem !== undefined) {
        this.#show(`${file.name} was not uploaded: ${problem}`);
        this.#progress.value = 0;
        this.#say(this.#text.textContent ?? '');
        return;
      }
    }
    this.#bar.hidden = true;
    this.#say(files.length === 1 ? `${files[0]?.name ?? ''} is uploaded.` : `${files.length} files are uploaded.`);
  }

  #show(text: string): void {
    this.#bar.hidden = false;
    this.#text.textContent = text;
  }

  /** By XMLHttpRequest, since fetch does not tell how far a body is. Resolves with what went wrong. */
  #send(method: string, address: string, type: string, body: File): Promise<string | undefined> {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open(method, address);
      request.setRequestHeader('content-type', type);
      request.upload.addEventListener('progress', ({ loaded, total }) => {
        this.#progress.value = total > 0 ? loaded / total : 0;
      });
      request.addEventListener('load', () => resolve(request.status < 400 ? undefined : refusalIn(request)));
      request.addEventListener('error', () => resolve('the connection was lost.'));
      request.addEventListener('abort', () => resolve('it was stopped.'));
      this.#stop = () => request.abort();
      request.send(body);
    });
  }
}

function refusalIn(request: XMLHttpRequest): string {
  try {
    return errorBodySchema.parse(JSON.parse(request.responseText)).error.message;
  } catch {
    return `the server answered ${request.status}.`;
  }
}
