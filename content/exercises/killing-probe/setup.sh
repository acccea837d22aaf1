set -eu
kubectl apply -f report.yaml
