set -eu
kubectl create namespace shop
kubectl -n shop create serviceaccount reporter
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: reporter, namespace: shop }
spec:
  serviceAccountName: reporter
  terminationGracePeriodSeconds: 0
  containers:
    - name: reporter
      image: curlimages/curl:8.16.0
      command:
        - sh
        - -c
        - |
          while true; do
            curl -s -o /dev/null -w 'list pods: status %{http_code}\n' --cacert /var/run/secrets/kubernetes.io/serviceaccount/ca.crt \
              -H "Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)" \
              https://kubernetes.default.svc/api/v1/namespaces/shop/pods
            sleep 1
          done
YAML
