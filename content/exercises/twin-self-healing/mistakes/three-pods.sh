set -eu
sed -i 's/replicas:.*/replicas: 3/' web.yaml
kubectl apply -f web.yaml
