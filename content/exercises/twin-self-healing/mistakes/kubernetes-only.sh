set -eu
sed -i 's/replicas:.*/replicas: 2/' web.yaml
kubectl apply -f web.yaml
