set -eu
kubectl delete deployment web
kubectl create deployment web --image=ghcr.io/stefanprodan/podinfo:6.8.0 --replicas=3
kubectl rollout status deployment/web --timeout=60s
