set -eu
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
YAML
