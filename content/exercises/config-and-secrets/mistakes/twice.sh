set -eu
kubectl create secret generic app-token --from-literal=token="$(printf s3same | base64)"
