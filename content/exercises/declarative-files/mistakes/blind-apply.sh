kubectl apply -f shop/
