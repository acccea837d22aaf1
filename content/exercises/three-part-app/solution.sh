set -eu
kubectl apply -f redis.yaml
sed -i 's|value: #.*|value: tcp://redis:6379|' api.yaml
kubectl apply -f api.yaml
sed -i 's|  # /api/ goes to the API|  location /api/ { proxy_pass http://api/; }|' default.conf
kubectl create configmap web-conf --from-file=default.conf
kubectl apply -f web.yaml
kubectl rollout status deployment/redis --timeout=60s
kubectl rollout status deployment/api --timeout=60s
kubectl rollout status deployment/web --timeout=60s
curl --silent --show-error -d timber "http://$(kubectl get service web -o jsonpath='{.spec.clusterIP}')/api/cache/cargo"
