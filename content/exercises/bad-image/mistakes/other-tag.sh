set -eu
kubectl set image deployment/front '*=nginx:1.2.8'
