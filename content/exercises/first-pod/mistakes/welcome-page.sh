set -eu
kubectl run hello --image=nginx:1.28 --labels=tier=web
kubectl wait --for=condition=Ready pod/hello --timeout=60s
kubectl exec hello -- curl -s localhost > answer.html
