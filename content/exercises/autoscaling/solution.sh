set -eu
kubectl set resources deployment web --requests=cpu=200m
kubectl rollout status deployment/web --timeout=60s
kubectl autoscale deployment web --cpu-percent=50 --min=1 --max=5
kubectl apply -f load.yaml
