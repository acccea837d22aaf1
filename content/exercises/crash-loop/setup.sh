set -eu
kubectl apply -f shop-db.yaml
