set -eu
until kubectl get events --field-selector reason=FailedScheduling | grep -q Insufficient; do sleep 0.3; done
kubectl get events --field-selector reason=FailedScheduling > why.txt
kubectl get node minikube -o jsonpath='{.status.allocatable.cpu}' > room.txt
kubectl set resources deployment cruncher --requests=cpu=250m,memory=128Mi
kubectl rollout status deployment/cruncher --timeout=60s
