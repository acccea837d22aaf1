set -eu
kubectl apply -f blue.yaml -f - <<'YAML'
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web, colour: blue }, ports: [{ port: 80, targetPort: 9898 }] }
YAML
kubectl rollout status deployment/web-blue --timeout=40s
