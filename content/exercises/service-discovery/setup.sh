set -eu
kubectl create deployment api --image=ghcr.io/stefanprodan/podinfo:6.9.2
kubectl create namespace store
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: client, labels: { app: client } }
spec: { containers: [{ name: client, image: 'curlimages/curl:8.16.0', command: [sleep, infinity] }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, namespace: store }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: shop
          image: ghcr.io/stefanprodan/podinfo:6.9.2
          env: [{ name: PODINFO_UI_MESSAGE, value: welcome to the store }]
---
apiVersion: v1
kind: Service
metadata: { name: shop, namespace: store }
spec: { selector: { app: shop }, ports: [{ port: 80, targetPort: 9898 }] }
YAML
