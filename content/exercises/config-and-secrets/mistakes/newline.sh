set -eu
echo s3same > token
kubectl create secret generic app-token --from-file=token
