set -eu
kubectl create namespace dev
kubectl run first --image=nginx:1.28
