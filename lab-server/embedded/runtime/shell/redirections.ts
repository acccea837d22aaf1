// Redirections: which file each descriptor means while a command runs.
import { fileErrorSentence } from '../files/file-error.ts';
import { sourceOf } from '../processes/byte-stream.ts';
import { openSink, openSource } from '../processes/open.ts';
import { OpenFile } from '../processes/open-file.ts';
import { redirectionFailed, shellMessage } from './dialect.ts';
import type { ExpansionHost } from './expansion-host.ts';
import { expandWords } from './expansion.ts';
import type { HereDocument, Redirection } from './syntax.ts';

/** A redirection that could not be made; the message is complete. */
export class RedirectionProblem extends Error {}

/** Descriptors of a command. Every file in it is held once more than before: `release` lets go. */
export interface Redirected {
  descriptors: Map<number, OpenFile>;
  release(): void;
}

export async function redirect(
  host: ExpansionHost,
  base: ReadonlyMap<number, OpenFile>,
  redirections: readonly Redirection[],
): Promise<Redirected> {
  const descriptors = new Map([...base].map(([number, file]) => [number, file.retain()]));
  const release = (): void => {
    for (const file of descriptors.values()) {
      file.release();
    }
    descriptors.clear();
  };
  const set = (number: number, file: OpenFile | undefined): void => {
    descriptors.get(number)?.release();
    if (file) {
      descriptors.set(number, file);
    } else {
      descriptors.delete(number);
    }
  };
  try {
    for (const redirection of redirections) {
      await apply(host, redirection, descriptors, set);
    }
  } catch (error) {
    release();
    throw error;
  }
  return { descriptors, release };
}

async function apply(
  host: ExpansionHost,
  redirection: Redirection,
  descriptors: ReadonlyMap<number, OpenFile>,
  set: (number: number, file: OpenFile | undefined) => void,
): Promise<void> {
  const { target, operator } = redirection;
  if (target.type === 'HereDoc') {
    set(redirection.fd ?? 0, new OpenFile({ source: sourceOf(Buffer.from(await hereDocument(host, target))) }));
    return;
  }
  if (operator === '<<<') {
    set(redirection.fd ?? 0, new OpenFile({ source: sourceOf(Buffer.from(`${await host.text(target)}\n`)) }));
    return;
  }
  const words = await expandWords(host, [target]);
  const word = words[0];
  if (word === undefined || words.length > 1) {
    throw new RedirectionProblem(message(host, 'ambiguous redirect'));
  }
  switch (operator) {
    case '<':
      set(redirection.fd ?? 0, new OpenFile({ source: await open(host, word, false, () => openSource(host.state.process, word)) }));
      return;
    case '>':
    case '>|':
    case '>>':
    case '<>': {
      const options = { append: operator === '>>', exclusive: operator === '>' && host.state.options.noclobber };
      const file = new OpenFile({ sink: await open(host, word, true, () => openSink(host.state.process, word, options)) });
      set(redirection.fd ?? (operator === '<>' ? 0 : 1), file);
      return;
    }
    case '&>':
    case '&>>': {
      const file = new OpenFile({
        sink: await open(host, word, true, () => openSink(host.state.process, word, { append: operator === '&>>' })),
      });
      set(1, file);
      set(2, file.retain());
      return;
    }
    case '>&':
    case '<&':
      duplicate(host, redirection.fd, operator, word, descriptors, set);
      return;
    default:
      return;
  }
}

function duplicate(
  host: ExpansionHost,
  fd: number | null,
  operator: '>&' | '<&',
  word: string,
  descriptors: ReadonlyMap<number, OpenFile>,
  set: (number: number, file: OpenFile | undefined) => void,
): void {
  const number = fd ?? (operator === '>&' ? 1 : 0);
  if (word === '-') {
    set(number, undefined);
    return;
  }
  const file = /^\d+$/.test(word) ? descriptors.get(Number(word)) : undefined;
  if (!file) {
    throw new RedirectionProblem(
      message(host, `${word}: ${host.state.dialect.kind === 'bash' ? 'Bad file descriptor' : 'bad file descriptor'}`),
    );
  }
  set(number, file.retain());
}

async function hereDocument(host: ExpansionHost, document: HereDocument): Promise<string> {
  return document.quoted
    ? document.content.parts.map((part) => ('value' in part ? String(part.value) : '')).join('')
    : host.text(document.content);
}

async function open<T>(host: ExpansionHost, path: string, writing: boolean, opener: () => Promise<T>): Promise<T> {
  try {
    return await opener();
  } catch (error) {
    const { state } = host;
    throw new RedirectionProblem(redirectionFailed(state.dialect, state, path, fileErrorSentence(error), writing));
  }
}

function message(host: ExpansionHost, text: string): string {
  return shellMessage(host.state.dialect, host.state, text);
}
