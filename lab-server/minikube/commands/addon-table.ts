// The addons that the real program packages, with who maintains each.

const MAINTAINERS: Readonly<Record<string, string>> = {
  ambassador: '3rd party (Ambassador)',
  'auto-pause': 'minikube',
  'cloud-spanner': 'Google',
  'csi-hostpath-driver': 'Kubernetes',
  dashboard: 'Kubernetes',
  'default-storageclass': 'Kubernetes',
  efk: '3rd party (Elastic)',
  freshpod: 'Google',
  'gcp-auth': 'Google',
  gvisor: 'minikube',
  headlamp: '3rd party (kinvolk.io)',
  ingress: 'Kubernetes',
  'ingress-dns': 'minikube',
  'inspektor-gadget': '3rd party (inspektor-gadget.io)',
  istio: '3rd party (Istio)',
  kong: '3rd party (Kong HQ)',
  metallb: '3rd party (MetalLB)',
  'metrics-server': 'Kubernetes',
  olm: '3rd party (Operator Framework)',
  portainer: '3rd party (Portainer.io)',
  registry: 'minikube',
  'registry-creds': '3rd party (UPMC Enterprises)',
  'storage-provisioner': 'minikube',
  volumesnapshots: 'Kubernetes',
  yakd: '3rd party (marcnuri.com)',
};

export function addonNames(): string[] {
  return Object.keys(MAINTAINERS);
}

export function maintainerOf(addon: string): string {
  return MAINTAINERS[addon] ?? '';
}

export function enabledAddons(addons: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(addons)
    .filter((name) => addons[name])
    .toSorted();
}
