set -eu
kubectl set resources deployment cruncher --requests=cpu=40,memory=128Mi
