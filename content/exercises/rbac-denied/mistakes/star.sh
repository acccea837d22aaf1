set -eu
kubectl -n shop create role all --verb='*' --resource='*'
