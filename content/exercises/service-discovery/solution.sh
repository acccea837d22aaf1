set -eu
kubectl expose deployment api --port=80 --target-port=9898
kubectl scale deployment api --replicas=3
kubectl rollout status deployment/api --timeout=60s
kubectl wait --for=condition=Ready pod/client --timeout=60s
kubectl exec client -- sh -c 'for i in 1 2 3 4 5 6; do curl -s http://api/api/info; done' > names.txt
kubectl -n store rollout status deployment/shop --timeout=60s
kubectl exec client -- curl -s http://shop.store/api/info > shop.txt
