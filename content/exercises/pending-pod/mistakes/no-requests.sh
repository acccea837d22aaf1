set -eu
kubectl patch deployment cruncher --type=json -p '[{"op":"remove","path":"/spec/template/spec/containers/0/resources"}]'
