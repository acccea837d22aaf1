# curl signs requests as the AWS CLI does, and starts ten times as fast.
set -eu
key=$(awk '$1 ~ /^aws_/ { print $3 }' ~/.aws/credentials | paste -sd :)
ecs() { curl -sS --fail-with-body -o /dev/null --aws-sigv4 aws:amz:us-east-1:ecs --user "$key" -H "X-Amz-Target: AmazonEC2ContainerServiceV20141113.$1" -H 'Content-Type: application/x-amz-json-1.1' -d "$2" https://ecs.us-east-1.amazonaws.com/; }

ecs CreateCluster '{"clusterName":"demo"}'
ecs RegisterTaskDefinition "$(cat api.json)"
