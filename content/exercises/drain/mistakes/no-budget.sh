set -eu
kubectl drain minikube-m02 --ignore-daemonsets --timeout=90s
kubectl create poddisruptionbudget web --selector=app=web --min-available=3
