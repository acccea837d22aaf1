set -eu
sed -e 's/blue/green/g' -e 's/6.8.0/6.9.2/' -e 's/replicas: 3/replicas: 1/' blue.yaml > green.yaml
kubectl apply -f green.yaml
kubectl rollout status deployment/web-green --timeout=60s
kubectl patch service web --type=json -p '[{"op":"remove","path":"/spec/selector/colour"}]'
until kubectl get endpointslices -l kubernetes.io/service-name=web -o jsonpath='{.items[*].endpoints[*].targetRef.name}' | grep -q green; do sleep 0.3; done
kubectl scale deployment web-green --replicas=3
kubectl rollout status deployment/web-green --timeout=60s
kubectl set selector service web app=web,colour=green
