set -eu
kubectl create deployment web --image=ghcr.io/stefanprodan/podinfo:6.9.2 --replicas=4
kubectl rollout status deployment/web --timeout=60s
kubectl scale deployment web --replicas=3
kubectl wait --for=jsonpath='{.status.replicas}'=3 deployment/web --timeout=60s
kubectl scale deployment web --replicas=4
kubectl rollout status deployment/web --timeout=60s
