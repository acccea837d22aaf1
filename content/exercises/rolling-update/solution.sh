set -eu
sed -i -e 's/maxUnavailable: 1/maxUnavailable: 0/' -e 's/podinfo:6.8.0/podinfo:6.9.2/' web.yaml
kubectl apply -f web.yaml
kubectl rollout status deployment/web --timeout=60s
