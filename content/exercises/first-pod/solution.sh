# From the starter file, with a look inside at the end.
set -eu
sed -i 's/image:.*/image: nginx:1.28/' pod.yaml
kubectl apply -f pod.yaml
kubectl label pod hello tier=web
kubectl wait --for=condition=Ready pod/hello --timeout=60s
kubectl exec hello -- sh -c 'echo ahoy > /usr/share/nginx/html/index.html'
kubectl exec hello -- curl -s localhost > answer.html
kubectl logs hello > hello.log
