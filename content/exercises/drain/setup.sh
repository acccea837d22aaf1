set -eu
minikube node add > /dev/null
kubectl apply -f - <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 4
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 2
      topologySpreadConstraints:
        - { maxSkew: 2, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { app: web } } }
      containers:
        - name: web
          image: ghcr.io/stefanprodan/podinfo:6.9.2
          readinessProbe: { httpGet: { path: /readyz, port: 9898 }, initialDelaySeconds: 1, periodSeconds: 1 }
YAML
kubectl rollout status deployment/web --timeout=40s
