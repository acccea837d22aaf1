set -eu
kubectl apply -f shop-service.yaml -f - <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: shop
          image: ghcr.io/stefanprodan/podinfo:6.9.2
          readinessProbe: { httpGet: { path: /ready, port: 9898 }, periodSeconds: 1 }
YAML
