set -eu
kubectl set resources deployment web --requests=cpu=200m
kubectl autoscale deployment web --cpu-percent=50 --min=2 --max=10
