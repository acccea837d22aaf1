set -eu
vpc=$(aws ec2 describe-vpcs --query 'Vpcs[0].VpcId' --output text)
aws servicediscovery create-private-dns-namespace --name shop.local --vpc "$vpc" --query OperationId
for _ in $(seq 20); do
  namespace=$(aws servicediscovery list-namespaces --query "Namespaces[?Name=='shop.local'].Id" --output text)
  [ -n "$namespace" ] && break
done
aws servicediscovery create-service --name api --namespace-id "$namespace" --type HTTP
