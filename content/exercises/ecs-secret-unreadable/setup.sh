# curl signs requests as the AWS CLI does, and starts ten times as fast.
set -eu
key=$(awk '$1 ~ /^aws_/ { print $3 }' ~/.aws/credentials | paste -sd :)
ecs() { curl -sS --fail-with-body -o /dev/null --aws-sigv4 aws:amz:us-east-1:ecs --user "$key" -H "X-Amz-Target: AmazonEC2ContainerServiceV20141113.$1" -H 'Content-Type: application/x-amz-json-1.1' -d "$2" https://ecs.us-east-1.amazonaws.com/; }
ec2() { curl -sS --fail-with-body --aws-sigv4 aws:amz:us-east-1:ec2 --user "$key" -d "Version=2016-11-15&Action=$1" https://ec2.us-east-1.amazonaws.com/; }
subnet=$(ec2 DescribeSubnets | grep -o 'subnet-[0-9a-f]*' | head -n 1)
group=$(ec2 DescribeSecurityGroups | grep -o 'sg-[0-9a-f]*' | head -n 1)
json() { curl -sS --fail-with-body --aws-sigv4 "aws:amz:us-east-1:$1" --user "$key" -H "X-Amz-Target: $2" -H 'Content-Type: application/x-amz-json-1.1' -d "$3" "https://$1.us-east-1.amazonaws.com/"; }
iam() { curl -sS --fail-with-body -o /dev/null --aws-sigv4 aws:amz:us-east-1:iam --user "$key" -d "Version=2010-05-08&Action=$1" "${@:2}" https://iam.amazonaws.com/; }

ecs CreateCluster '{"clusterName":"demo"}'
arn=$(json secretsmanager secretsmanager.CreateSecret '{"Name":"api/db-password","SecretString":"correct horse","ClientRequestToken":"8d6d3b9e-1111-4222-8333-444455556666"}' | grep -o 'arn:aws:secretsmanager:[^"]*')
iam CreateRole -d RoleName=api-execution --data-urlencode 'AssumeRolePolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
iam AttachRolePolicy -d RoleName=api-execution --data-urlencode PolicyArn=arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
sed -i "s#SECRET_ARN#$arn#" api.json
ecs RegisterTaskDefinition "$(cat api.json)"
ecs CreateService "{\"cluster\":\"demo\",\"serviceName\":\"api\",\"taskDefinition\":\"api\",\"desiredCount\":1,\"launchType\":\"FARGATE\",\"networkConfiguration\":{\"awsvpcConfiguration\":{\"subnets\":[\"$subnet\"],\"securityGroups\":[\"$group\"],\"assignPublicIp\":\"ENABLED\"}}}"
