set -eu
sed -i -e 's/ingressClassName: .*/ingressClassName: quay/' -e 's/          # and .admin/          - { path: \/admin, pathType: Exact, backend: { service: { name: admin, port: { number: 80 } } } }/' ingress.yaml
kubectl apply -f ingress.yaml
