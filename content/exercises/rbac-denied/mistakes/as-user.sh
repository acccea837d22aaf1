set -eu
kubectl -n shop create role pod-reader --verb=get,list --resource=pods,pods/log
kubectl -n shop create rolebinding reporter --role=pod-reader --user=reporter
