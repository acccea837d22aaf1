set -eu
kubectl create poddisruptionbudget web --selector=app=web --min-available=4
