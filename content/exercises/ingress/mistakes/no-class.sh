set -eu
sed -i '/ingressClassName/d' ingress.yaml
kubectl apply -f ingress.yaml
