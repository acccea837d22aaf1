set -eu
kubectl create poddisruptionbudget web --selector=app=web --min-available=3
kubectl cordon minikube-m02
