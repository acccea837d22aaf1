// Image references as the distribution project defines them: parsed, checked, and written out in full.
import { ImagePullError } from '../runtime.ts';

export interface ImageReference {
  /** `docker.io` */
  domain: string;
  /** `library/nginx` */
  path: string;
  tag: string | undefined;
  /** `sha256:…` */
  digest: string | undefined;
}

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const DOMAIN =
  /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?$|^\[[a-fA-F0-9:]+\](?::[0-9]+)?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const LONGEST_NAME = 255;

/** Parses what a user wrote (`nginx`, `nginx:1.25`, `ghcr.io/a/b@sha256:…`). Throws ImagePullError `invalid-name`. */
export function parseReference(text: string): ImageReference {
  const invalid = (problem: string): ImagePullError =>
    new ImagePullError('invalid-name', text, `couldn't parse image name ${JSON.stringify(text)}: ${problem}`);
  let rest = text;
  let digest: string | undefined;
  const at = rest.indexOf('@');
  if (at >= 0) {
    digest = rest.slice(at + 1);
    rest = rest.slice(0, at);
    if (!DIGEST.test(digest)) {
      throw invalid('invalid reference format');
    }
  }
  let tag: string | undefined;
  const colon = rest.lastIndexOf(':');
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!TAG.test(tag)) {
      throw invalid('invalid reference format');
    }
  }
  const { domain, path } = splitDomain(rest);
  if (!DOMAIN.test(domain)) {
    throw invalid('invalid reference format');
  }
  if (path !== path.toLowerCase()) {
    throw invalid('invalid reference format: repository name must be lowercase');
  }
  if (!PATH.test(path)) {
    throw invalid('invalid reference format');
  }
  if (path.length > LONGEST_NAME) {
    throw invalid(`repository name must not be more than ${LONGEST_NAME} characters`);
  }
  return { domain, path, tag, digest };
}

/** In full, as containerd names images: `docker.io/library/nginx:latest`. */
export function formatReference(reference: ImageReference): string {
  const name = repositoryOf(reference);
  if (reference.digest !== undefined) {
    return `${name}${reference.tag === undefined ? '' : `:${reference.tag}`}@${reference.digest}`;
  }
  return `${name}:${reference.tag ?? 'latest'}`;
}

export function repositoryOf(reference: ImageReference): string {
  return `${reference.domain}/${reference.path}`;
}

/** The first part is a host only when it looks like one; otherwise the name is Docker Hub's. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = first !== '' && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  if (!isHost) {
    return { domain: 'docker.io', path: slash < 0 ? `library/${name}` : name };
  }
  const domain = first === 'index.docker.io' ? 'docker.io' : first;
  const path = name.slice(slash + 1);
  return { domain, path: domain === 'docker.io' && !path.includes('/') ? `library/${path}` : path };
}
