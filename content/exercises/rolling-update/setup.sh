set -eu
kubectl apply -f web.yaml
kubectl rollout status deployment/web --timeout=40s
