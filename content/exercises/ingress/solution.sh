set -eu
kubectl create secret tls shop-tls --cert=shop.crt --key=shop.key
sed -i -e 's/ingressClassName: .*/ingressClassName: quay/' -e 's/          # and .admin/          - { path: \/admin, pathType: Prefix, backend: { service: { name: admin, port: { number: 80 } } } }/' -e 's/  # and tls/  tls: [{ hosts: [shop.example.com], secretName: shop-tls }]/' ingress.yaml
kubectl apply -f ingress.yaml
kubectl describe ingress shop
