set -eu
kubectl autoscale deployment web --cpu-percent=50 --min=1 --max=5
