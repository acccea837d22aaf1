set -eu
kubectl set image deployment/web web=ghcr.io/stefanprodan/podinfo:6.9.2
kubectl rollout status deployment/web --timeout=60s
sed -i -e 's/maxUnavailable: 1/maxUnavailable: 0/' -e 's/podinfo:6.8.0/podinfo:6.9.2/' web.yaml
kubectl apply -f web.yaml
