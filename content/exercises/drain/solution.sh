set -eu
kubectl get pods -o wide
kubectl create poddisruptionbudget web --selector=app=web --min-available=3
kubectl wait --for=jsonpath='{.status.disruptionsAllowed}'=1 pdb/web --timeout=30s
kubectl drain minikube-m02 --ignore-daemonsets --timeout=90s
kubectl uncordon minikube-m02
