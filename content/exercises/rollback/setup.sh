set -eu
kubectl apply -f - <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: web, image: 'ghcr.io/stefanprodan/podinfo:6.7.1' }
YAML
kubectl rollout status deployment/web --timeout=40s
kubectl set image deployment/web web=ghcr.io/stefanprodan/podinfo:6.8.0
kubectl rollout status deployment/web --timeout=40s
kubectl set image deployment/web web=ghcr.io/stefanprodan/podinfo:6.99.0
