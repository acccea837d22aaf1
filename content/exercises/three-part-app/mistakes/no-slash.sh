set -eu
kubectl apply -f redis.yaml
sed -i 's|value: #.*|value: tcp://redis:6379|' api.yaml
kubectl apply -f api.yaml
sed -i 's|  # /api/ goes to the API|  location /api/ { proxy_pass http://api; }|' default.conf
kubectl create configmap web-conf --from-file=default.conf
kubectl apply -f web.yaml
