// The administrator's kubeconfig, as `minikube start` writes it with its certificates embedded.
import type { KeyAndCertificate } from '../../../runtime/certificates/certificates.ts';

export interface KubeconfigOptions {
  server: string;
  authorityCertificate: string;
  administrator: KeyAndCertificate;
}

export function adminKubeconfig({ server, authorityCertificate, administrator }: KubeconfigOptions): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(authorityCertificate)}
    server: ${server}
  name: minikube
contexts:
- context:
    cluster: minikube
    namespace: default
    user: minikube
  name: minikube
current-context: minikube
kind: Config
users:
- name: minikube
  user:
    client-certificate-data: ${base64(administrator.certificate)}
    client-key-data: ${base64(administrator.key)}
`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
