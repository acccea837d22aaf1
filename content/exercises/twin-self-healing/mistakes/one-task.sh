set -eu
aws ecs register-task-definition --cli-input-json file://web.json
subnet=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
aws ecs create-service --cluster demo --service-name web --task-definition web --desired-count 1 --launch-type FARGATE \
  --network-configuration "awsvpcConfiguration={subnets=[$subnet],assignPublicIp=ENABLED}"
