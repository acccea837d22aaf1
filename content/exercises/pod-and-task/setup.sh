set -eu
aws ecs create-cluster --cluster-name demo > /dev/null
