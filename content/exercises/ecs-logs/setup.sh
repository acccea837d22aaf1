# curl signs requests as the AWS CLI does, and starts ten times as fast.
set -eu
key=$(awk '$1 ~ /^aws_/ { print $3 }' ~/.aws/credentials | paste -sd :)
ecs() { curl -sS --fail-with-body -o /dev/null --aws-sigv4 aws:amz:us-east-1:ecs --user "$key" -H "X-Amz-Target: AmazonEC2ContainerServiceV20141113.$1" -H 'Content-Type: application/x-amz-json-1.1' -d "$2" https://ecs.us-east-1.amazonaws.com/; }
ec2() { curl -sS --fail-with-body --aws-sigv4 aws:amz:us-east-1:ec2 --user "$key" -d "Version=2016-11-15&Action=$1" https://ec2.us-east-1.amazonaws.com/; }
subnet=$(ec2 DescribeSubnets | grep -o 'subnet-[0-9a-f]*' | head -n 1)
group=$(ec2 DescribeSecurityGroups | grep -o 'sg-[0-9a-f]*' | head -n 1)
json() { curl -sS --fail-with-body -o /dev/null --aws-sigv4 "aws:amz:us-east-1:$1" --user "$key" -H "X-Amz-Target: $2" -H 'Content-Type: application/x-amz-json-1.1' -d "$3" "https://$1.us-east-1.amazonaws.com/"; }
iam() { curl -sS --fail-with-body -o /dev/null --aws-sigv4 aws:amz:us-east-1:iam --user "$key" -d "Version=2010-05-08&Action=$1" "${@:2}" https://iam.amazonaws.com/; }

ecs CreateCluster '{"clusterName":"demo"}'
json logs Logs_20140328.CreateLogGroup '{"logGroupName":"/ecs/shop"}'
iam CreateRole -d RoleName=shop-execution --data-urlencode 'AssumeRolePolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
iam AttachRolePolicy -d RoleName=shop-execution --data-urlencode PolicyArn=arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
ecs RegisterTaskDefinition '{"family":"shop","executionRoleArn":"arn:aws:iam::123456789012:role/shop-execution","requiresCompatibilities":["FARGATE"],"networkMode":"awsvpc","cpu":"256","memory":"512","containerDefinitions":[{"name":"shop","image":"busybox:1.37","command":["sh","-c","echo order 71832 delivered; echo order 71833 delivered; echo ERROR: order 71834 lost; echo order 71835 delivered; sleep 86400"],"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"/ecs/shop","awslogs-region":"us-east-1","awslogs-stream-prefix":"shop"}}}]}'
ecs CreateService "{\"cluster\":\"demo\",\"serviceName\":\"shop\",\"taskDefinition\":\"shop\",\"desiredCount\":1,\"launchType\":\"FARGATE\",\"networkConfiguration\":{\"awsvpcConfiguration\":{\"subnets\":[\"$subnet\"],\"securityGroups\":[\"$group\"],\"assignPublicIp\":\"ENABLED\"}}}"

# The lines are there before the learner comes.
for _ in $(seq 40); do
  curl -sS --aws-sigv4 aws:amz:us-east-1:logs --user "$key" -H 'X-Amz-Target: Logs_20140328.FilterLogEvents' -H 'Content-Type: application/x-amz-json-1.1' \
    -d '{"logGroupName":"/ecs/shop"}' https://logs.us-east-1.amazonaws.com/ | grep -q 71835 && exit 0
  sleep 0.2
done
exit 1
