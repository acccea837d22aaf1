set -eu
sed -i -e 's/ingressClassName: .*/ingressClassName: quay/' -e 's/number: 80/number: 9898/' ingress.yaml
kubectl apply -f ingress.yaml
