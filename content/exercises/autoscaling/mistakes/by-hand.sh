set -eu
kubectl set resources deployment web --requests=cpu=200m
kubectl autoscale deployment web --cpu-percent=50 --min=1 --max=5
kubectl scale deployment web --replicas=3
