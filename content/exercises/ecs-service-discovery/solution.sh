# The whole exercise as a learner would do it.
set -eu
vpc=$(aws ec2 describe-vpcs --query 'Vpcs[0].VpcId' --output text)
aws servicediscovery create-private-dns-namespace --name shop.local --vpc "$vpc" --query OperationId
for _ in $(seq 20); do
  namespace=$(aws servicediscovery list-namespaces --query "Namespaces[?Name=='shop.local'].Id" --output text)
  [ -n "$namespace" ] && break
done
registry=$(aws servicediscovery create-service --name api --namespace-id "$namespace" --dns-config 'DnsRecords=[{Type=A,TTL=10}]' --query Service.Arn --output text)
subnet=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
aws ecs create-service --cluster demo --service-name api --task-definition api --desired-count 2 --launch-type FARGATE \
  --service-registries "registryArn=$registry" \
  --network-configuration "awsvpcConfiguration={subnets=[$subnet],assignPublicIp=ENABLED}" --query service.status
