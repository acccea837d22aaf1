kubectl diff -f shop/ > drift.txt
sed -i 's/podinfo:6.9.0/podinfo:6.9.1/' shop/deployment.yaml
kubectl apply -f shop/
kubectl diff -f shop/ && echo the same
