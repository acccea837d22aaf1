set -eu
aws ecs create-cluster > /dev/null
