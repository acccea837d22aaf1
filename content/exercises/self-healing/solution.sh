set -eu
kubectl create deployment web --image=ghcr.io/stefanprodan/podinfo:6.9.2
kubectl scale deployment web --replicas=4
kubectl rollout status deployment/web --timeout=60s
kubectl delete "$(kubectl get pods -l app=web -o name | head -1)" --wait=false
kubectl rollout status deployment/web --timeout=60s
