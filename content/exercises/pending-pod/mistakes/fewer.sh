set -eu
kubectl scale deployment cruncher --replicas=1
