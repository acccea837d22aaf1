sed -i -e 's/podinfo:6.9.0/podinfo:6.9.1/' -e 's/replicas: 3/replicas: 7/' shop/deployment.yaml
kubectl apply -f shop/
