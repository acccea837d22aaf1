# curl signs requests as the AWS CLI does, and starts ten times as fast.
set -eu
key=$(awk '$1 ~ /^aws_/ { print $3 }' ~/.aws/credentials | paste -sd :)
ecs() { curl -sS --fail-with-body -o /dev/null --aws-sigv4 aws:amz:us-east-1:ecs --user "$key" -H "X-Amz-Target: AmazonEC2ContainerServiceV20141113.$1" -H 'Content-Type: application/x-amz-json-1.1' -d "$2" https://ecs.us-east-1.amazonaws.com/; }
ec2() { curl -sS --fail-with-body --aws-sigv4 aws:amz:us-east-1:ec2 --user "$key" -d "Version=2016-11-15&Action=$1" https://ec2.us-east-1.amazonaws.com/; }
elb() { curl -sS --fail-with-body --aws-sigv4 aws:amz:us-east-1:elasticloadbalancing --user "$key" -d "Version=2015-12-01&Action=$1" https://elasticloadbalancing.us-east-1.amazonaws.com/; }

subnets=$(ec2 DescribeSubnets | grep -o 'subnet-[0-9a-f]*' | sort -u | head -n 2)
set -- $subnets
group=$(ec2 DescribeSecurityGroups | grep -o 'sg-[0-9a-f]*' | head -n 1)
vpc=$(ec2 DescribeVpcs | grep -o 'vpc-[0-9a-f]\{8,\}' | head -n 1)
ec2 "AuthorizeSecurityGroupIngress&GroupId=$group&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=80&IpPermissions.1.ToPort=80&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0" > /dev/null
target=$(elb "CreateTargetGroup&Name=web&Protocol=HTTP&Port=80&VpcId=$vpc&TargetType=ip&HealthCheckPath=/healthz&HealthCheckIntervalSeconds=5&HealthCheckTimeoutSeconds=2&HealthyThresholdCount=2&UnhealthyThresholdCount=2" | grep -o '<TargetGroupArn>[^<]*' | head -n 1 | cut -d'>' -f2)
balancer=$(elb "CreateLoadBalancer&Name=web&Subnets.member.1=$1&Subnets.member.2=$2&SecurityGroups.member.1=$group" | grep -o '<LoadBalancerArn>[^<]*' | head -n 1 | cut -d'>' -f2)
elb "CreateListener&LoadBalancerArn=$balancer&Protocol=HTTP&Port=80&DefaultActions.member.1.Type=forward&DefaultActions.member.1.TargetGroupArn=$target" > /dev/null
ecs CreateCluster '{"clusterName":"demo"}'
ecs RegisterTaskDefinition "$(cat web.json)"
subnet=$1
ecs CreateService "{\"cluster\":\"demo\",\"serviceName\":\"web\",\"taskDefinition\":\"web\",\"desiredCount\":1,\"launchType\":\"FARGATE\",\"loadBalancers\":[{\"targetGroupArn\":\"$target\",\"containerName\":\"web\",\"containerPort\":80}],\"networkConfiguration\":{\"awsvpcConfiguration\":{\"subnets\":[\"$subnet\"],\"securityGroups\":[\"$group\"],\"assignPublicIp\":\"ENABLED\"}}}"
