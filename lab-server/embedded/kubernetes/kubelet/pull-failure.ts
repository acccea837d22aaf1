// The text of a failed pull as containerd 2.1 (its transfer service) hands it to the kubelet.
import type { ImagePullError } from '../../runtime/runtime.ts';

export function pullFailureText(error: ImagePullError): string {
  const { reference } = error;
  const code = error.code === 'not-found' ? 'NotFound' : 'Unknown';
  return `rpc error: code = ${code} desc = failed to pull and unpack image "${reference}": failed to resolve image: ${causeOf(error)}`;
}

function causeOf(error: ImagePullError): string {
  switch (error.code) {
    case 'not-found':
      return `${error.reference}: not found`;
    case 'denied':
      return 'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed';
    case 'unreachable': {
      const [host = '', ...path] = error.reference.split('/');
      const [name = '', tag = 'latest'] = path.join('/').split(':');
      const lookup = host.split(':')[0];
      return `failed to do request: Head "https://${host}/v2/${name}/manifests/${tag}": dial tcp: lookup ${lookup}: no such host`;
    }
    case 'invalid-name':
      return error.message;
  }
}
