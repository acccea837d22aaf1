set -eu
aws servicediscovery create-private-dns-namespace --name store.local --vpc "$(aws ec2 describe-vpcs --query 'Vpcs[0].VpcId' --output text)"
