set -eu
kubectl get pods -l app=web
echo 'ghcr.io/stefanprodan/podinfo:6.99.0 cannot be pulled: there is no such tag' > cause.txt
kubectl rollout history deployment/web
kubectl rollout undo deployment/web
kubectl rollout status deployment/web --timeout=60s
