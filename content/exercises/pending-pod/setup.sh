set -eu
kubectl apply -f - <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: { name: cruncher }
spec:
  replicas: 3
  selector: { matchLabels: { app: cruncher } }
  template:
    metadata: { labels: { app: cruncher } }
    spec:
      containers:
        - name: cruncher
          image: ghcr.io/stefanprodan/podinfo:6.9.2
          resources: { requests: { cpu: '50', memory: 128Mi } }
YAML
