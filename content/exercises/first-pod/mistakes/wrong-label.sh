set -eu
kubectl run hello --image=nginx:1.28 --labels=tier=backend
