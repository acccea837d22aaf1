set -eu
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: db, labels: { app: db } }
spec: { containers: [{ name: redis, image: 'redis:8' }] }
---
apiVersion: v1
kind: Service
metadata: { name: db }
spec: { selector: { app: db }, ports: [{ port: 6379 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: api, labels: { app: api } }
spec: { terminationGracePeriodSeconds: 0, containers: [{ name: api, image: 'busybox:1.37', command: [sleep, infinity] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec: { terminationGracePeriodSeconds: 0, containers: [{ name: web, image: 'busybox:1.37', command: [sleep, infinity] }] }
YAML
