set -eu
kubectl -n shop create role pod-reader --verb=get,list --resource=pods,pods/log
kubectl create clusterrolebinding reporter --clusterrole=view --serviceaccount=shop:reporter
