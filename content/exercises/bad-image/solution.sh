set -eu
kubectl set image deployment/front '*=nginx:1.28'
kubectl set image deployment/back '*=ghcr.io/stefanprodan/podinfo:6.9.2'
kubectl rollout status deployment/front --timeout=60s
kubectl rollout status deployment/back --timeout=60s
