set -eu
kubectl run hello --image=nginx:latest
