set -eu
kubectl -n shop create role pod-reader --verb=get,list --resource=pods
