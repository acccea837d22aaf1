set -eu
sed -i -e 's/app: shoppe/app: shop/' -e 's/targetPort: 8080/targetPort: 9898/' shop-service.yaml
kubectl apply -f shop-service.yaml
kubectl patch deployment shop --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/0/readinessProbe/httpGet/path","value":"/readyz"}]'
kubectl rollout status deployment/shop --timeout=60s
