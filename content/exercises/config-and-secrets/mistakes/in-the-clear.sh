set -eu
kubectl create configmap app-settings --from-literal=message='Ahoy from the harbour' --from-literal=color=navy
kubectl create secret generic app-token --from-literal=token=s3same
kubectl apply -f app.yaml
