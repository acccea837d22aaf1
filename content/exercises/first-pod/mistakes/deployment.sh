set -eu
kubectl create deployment hello --image=nginx:1.28
