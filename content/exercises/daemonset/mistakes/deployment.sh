set -eu
kubectl apply -f collector.yaml
