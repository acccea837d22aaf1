set -eu
kubectl apply -f redis.yaml
sed -i 's|value: #.*|value: tcp://localhost:6379|' api.yaml
kubectl apply -f api.yaml
