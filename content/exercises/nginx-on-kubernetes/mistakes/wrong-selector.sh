set -eu
sed -i -e 's/replicas:.*/replicas: 3/' -e 's/image:.*/image: nginx:latest/' nginx-deployment.yaml
sed -i -e 's/selector:.*/selector: {app: web}/' -e 's/targetPort:.*/targetPort: 80/' nginx-service.yaml
kubectl apply -f nginx-deployment.yaml -f nginx-service.yaml
