set -eu
kubectl create secret generic shop-tls --from-file=tls.crt=shop.crt --from-file=tls.key=shop.key
sed -i -e 's/ingressClassName: .*/ingressClassName: quay/' -e 's/  # and tls/  tls: [{ hosts: [shop.example.com], secretName: shop-tls }]/' ingress.yaml
kubectl apply -f ingress.yaml
