set -eu
kubectl apply -f redis.yaml
sed -i 's|value: #.*|value: tcp://redis:6379|' api.yaml
kubectl apply -f api.yaml
kubectl create configmap web-conf --from-file=default.conf
kubectl apply -f web.yaml
