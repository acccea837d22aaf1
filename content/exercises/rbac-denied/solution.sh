set -eu
kubectl auth can-i list pods -n shop --as=system:serviceaccount:shop:reporter || true
kubectl -n shop create role pod-reader --verb=get,list --resource=pods,pods/log
kubectl -n shop create rolebinding reporter --role=pod-reader --serviceaccount=shop:reporter
kubectl auth can-i list pods -n shop --as=system:serviceaccount:shop:reporter
kubectl -n shop wait --for=condition=Ready pod/reporter --timeout=60s
until kubectl -n shop logs reporter --tail=1 | grep -q 200; do sleep 0.5; done
kubectl -n shop logs reporter --tail=1 > report.txt
