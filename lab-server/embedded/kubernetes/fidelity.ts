// What the embedded Kubernetes lacks and where it differs from a real cluster.
import type { Fidelity } from '../../base/index.ts';

/** Commands that were recorded on a real cluster and answer otherwise here, each with the reason. */
export const RECORDED_DIFFERENCES: Readonly<Record<string, string>> = {
  'kubectl get nodes -o wide': 'the kernel and the runtime are those of the simulated node',
  'kubectl auth whoami': 'the administrator is called minikube-user, as in a kubeconfig that minikube writes',
  'kubectl exec deploy/web -- ls /usr/share/nginx/html':
    'the nginx image has both files of the official one; the recorded cluster had a smaller one',
  'curl -sS -m 5 -o /dev/null -w "%{http_code}\\n" http://$(kubectl get svc web -o jsonpath={.spec.clusterIP})/':
    'the machine on which the commands are compared has no route to the cluster’s addresses; workspaces have one',
};

export const kubernetesFidelity: Fidelity = {
  title: 'Kubernetes',
  models: 'Kubernetes 1.36 (API server, controllers, scheduler, kubelet and kube-proxy of a small minikube cluster)',
  compared: '2026-11-25',
  gaps: [
    'Admission webhooks cannot be reached, since nothing in the cluster speaks TLS: their failurePolicy decides, as on a real cluster whose webhook is down.',
    'Mutating admission policies are stored but not applied; of CEL’s libraries those for URLs, IP addresses and formats are missing but for isURL and isIP.',
    'Answers are JSON or YAML over HTTP/1.1: protobuf and CBOR are read where kubectl sends them and never written, there is no HTTP/2.',
    'Conversion webhooks of custom resources; proxying to nodes.',
    'API Priority and Fairness is stored but not applied: limits are those of the lab, and no request waits in a queue.',
    'OpenAPI v2 has the definitions and no paths.',
    'Dynamic resource allocation and gang scheduling: their objects are stored, nothing acts on them.',
    'Volumes of network storage (nfs, csi and the like) and `image` volumes are empty directories.',
    'A disk-backed emptyDir that grows beyond its sizeLimit does not evict its pod.',
    'All simulated connections are TCP: UDP Services have addresses but carry nothing, SCTP is not published.',
    'The cluster’s DNS answers addresses; it has no SRV records.',
    'No adapter serves custom or external metrics: autoscalers on Pods, Object and External metrics say that they cannot get them.',
    'Validation of Windows pods, dual stack and cloud volume types is partial; CEL of admission policies is not type-checked.',
    'Of containers, files, logs and volumes survive a stop of the server in good order; what programs hold in memory does not. After a sudden end of the server containers are restarted, as after a loss of power, and files are as old as the last stop.',
  ],
  differences: [
    'A watch can go back 1,000 to 2,000 changes per resource, and not beyond a restart of the server.',
    'Whole numbers above 2^53 lose precision.',
    'hostPath volumes can grow where their class allows it; a real minikube has no resizer for them.',
    'There is no metrics server unless it is asked for, as on a fresh minikube.',
    'The ingress controller follows rules, TLS secrets and the annotations rewrite-target, use-regex, ssl-redirect and force-ssl-redirect; it has no pods of its own and answers on the first node.',
    'minikube: the addons metrics-server, ingress, default-storageclass and storage-provisioner have an effect; ssh opens a pod on the node; images come from the catalogue; dashboard names the topology view.',
    'The node is simulated: its name, addresses, kernel and capacity are those of a minikube node, not of your machine.',
    'Images come from a catalogue; their digests and sizes are made up and always the same for one reference.',
    'Image pulls of one node run at the same time; a real kubelet pulls one after the other unless told otherwise.',
    'ErrImagePull turns into ImagePullBackOff, and a crash into CrashLoopBackOff, after a second; the back-off times themselves are the real ones.',
    'ConfigMap and Secret volumes follow their source at once; a real kubelet takes up to a minute.',
    'kube-proxy takes turns among endpoints, so that small experiments show the balance; the real one picks at random.',
    'Of nodes with the same score the scheduler takes the emptiest; the real one picks at random.',
    '`pod-template-hash` has the real form, but other values than a real cluster computes for the same template.',
    'Pods that fail again and again are replaced at most a minute apart; finished pods are collected above 1,000.',
    'Node heartbeats are computed when they are read, so that an idle cluster uses no CPU.',
    ...Object.entries(RECORDED_DIFFERENCES).map(
      ([command, why]) => `Of the commands recorded on a real cluster, \`${command}\` answers otherwise: ${why}.`,
    ),
  ],
};
