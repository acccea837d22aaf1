set -eu
sed -i -e 's/replicas:.*/replicas: 3/' -e 's/image:.*/image: ngnix:latest/' nginx-deployment.yaml
kubectl apply -f nginx-deployment.yaml
