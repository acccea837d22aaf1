set -eu
sed -e 's/blue/green/g' -e 's/6.8.0/6.9.2/' blue.yaml > green.yaml
kubectl apply -f green.yaml
kubectl rollout status deployment/web-green --timeout=60s
kubectl patch service web --type=json -p '[{"op":"remove","path":"/spec/selector/colour"}]'
