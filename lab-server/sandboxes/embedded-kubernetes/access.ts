// What the thread of an embedded cluster hands over.

export interface ClusterAccess {
  /** Kubeconfig for clients inside the cluster's network. */
  kubeconfig: string;
  /** The same for clients on the machine's loopback. */
  loopbackKubeconfig: string;
}
