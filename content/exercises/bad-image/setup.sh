set -eu
kubectl create deployment front --image=ngnix:1.28
kubectl create deployment back --image=podinfo:6.9.2
kubectl set image deployment/front '*=ngnix:1.28' >/dev/null
