// The lab server's HTTP API as the page uses it. Every answer passes its schema; every refusal becomes a LabApiError with a sentence.
import {
  checkResultSchema,
  closedSchema,
  errorBodySchema,
  fileListSchema,
  labSchema,
  solutionSchema,
} from '../../lab-server/protocol/index.ts';
import type { CheckResult, ClosedLab, FileList, LabDescription, Solution } from '../../lab-server/protocol/index.ts';
import type { FileAccess } from './documents.ts';

export class LabApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const NO_SERVER =
  'This page is served without a lab server, so it can be read but not tried. To get a lab, run Dockside on your own machine: npm start.';

/** What a server of plain files answers to a POST. */
const NOT_A_LAB_SERVER: ReadonlySet<number> = new Set([403, 404, 405, 501]);

async function refusal(response: Response): Promise<LabApiError> {
  const body = errorBodySchema.safeParse(await response.json().catch(() => undefined));
  if (body.success) {
    return new LabApiError(response.status, body.data.error.code, body.data.error.message);
  }
  return NOT_A_LAB_SERVER.has(response.status)
    ? new LabApiError(response.status, 'NO_LAB_SERVER', NO_SERVER)
    : new LabApiError(response.status, 'HTTP', `The lab server answered ${response.status} ${response.statusText}.`);
}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch {
    throw new LabApiError(0, 'NO_CONNECTION', 'The lab server does not answer. Check that it runs, then try again.');
  }
  if (!response.ok) {
    throw await refusal(response);
  }
  return response;
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const labPath = (id: string): string => `/api/labs/${encodeURIComponent(id)}`;

/** Opens a lab of an exercise, or returns the learner's own that is open. */
export async function createLab(exercise: string): Promise<LabDescription> {
  const response = await request('/api/labs', json({ exercise }));
  return labSchema.parse(await response.json());
}

export async function readLab(id: string): Promise<LabDescription> {
  const response = await request(labPath(id));
  return labSchema.parse(await response.json());
}

/** Why the lab cannot be had any more, or undefined where it lives or the server cannot tell. */
export async function whyGone(id: string): Promise<string | undefined> {
  try {
    await request(labPath(id));
    return undefined;
  } catch (error) {
    return error instanceof LabApiError && [401, 403, 404].includes(error.status) ? error.message : undefined;
  }
}

/** Ends the lab; what could not be removed is returned. */
export async function closeLab(id: string): Promise<ClosedLab> {
  const response = await request(labPath(id), { method: 'DELETE' });
  return closedSchema.parse(await response.json());
}

/** Back to the starter files and a fresh sandbox; answers when the lab is ready again. */
export async function resetLab(id: string): Promise<LabDescription> {
  const response = await request(`${labPath(id)}/reset`, { method: 'POST' });
  return labSchema.parse(await response.json());
}

/** Checks every objective now. */
export async function checkLab(id: string): Promise<CheckResult> {
  const response = await request(`${labPath(id)}/check`, { method: 'POST' });
  return checkResultSchema.parse(await response.json());
}

export async function listFiles(id: string): Promise<FileList['files']> {
  const response = await request(`${labPath(id)}/files`);
  return fileListSchema.parse(await response.json()).files;
}

const versionOf = (response: Response): string => (response.headers.get('etag') ?? '').replace(/^W\//, '').replaceAll('"', '');

/** The files of a lab. */
export function filesOf(id: string): FileAccess {
  return {
    async read(path) {
      const response = await request(fileAddress(id, path));
      return { text: await response.text(), version: versionOf(response) };
    },
    async write(path, text, version) {
      const condition: Record<string, string> = version === null ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` };
      try {
        const headers = { 'content-type': 'application/octet-stream', ...condition };
        return versionOf(await request(fileAddress(id, path), { method: 'PUT', headers, body: text }));
      } catch (error) {
        if (error instanceof LabApiError && (error.status === 409 || error.status === 412)) {
          return undefined;
        }
        throw error;
      }
    },
  };
}

export async function renameFile(id: string, from: string, to: string): Promise<void> {
  await request(`${labPath(id)}/rename`, json({ from, to }));
}

export async function removeFile(id: string, path: string): Promise<void> {
  await request(fileAddress(id, path), { method: 'DELETE' });
}

export async function readSolution(id: string): Promise<Solution> {
  const response = await request(`${labPath(id)}/solution`);
  return solutionSchema.parse(await response.json());
}

/** Where the whole workspace comes down from and goes up to. */
export function archiveAddress(id: string): string {
  return `${labPath(id)}/archive`;
}

/** Where a file of the workspace is read and written. */
export function fileAddress(id: string, path: string): string {
  return `${labPath(id)}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
}

export function streamAddress(id: string): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${labPath(id)}/stream`;
}
