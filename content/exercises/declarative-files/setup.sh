set -eu
kubectl apply -f shop/
kubectl set image deployment/shop shop=ghcr.io/stefanprodan/podinfo:6.9.1
kubectl scale deployment shop --replicas=7
kubectl patch service shop --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":8080}]'
