// Which minikube this program stands in for, and the words with which it says that it is not the real one.

/** The release whose commands and output are followed (https://github.com/kubernetes/minikube/releases, read 2026-11-24). */
export const MODELLED_VERSION = 'v1.38.1';
export const PROFILE = 'minikube';
export const SIMULATED =
  'simulated by Dockside: the cluster behind it is this lab’s embedded Kubernetes, not a virtual machine or container';
