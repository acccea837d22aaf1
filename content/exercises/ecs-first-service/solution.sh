# The whole exercise as a learner would do it.
set -eu
subnet=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
aws ecs create-service --cluster demo --service-name web --task-definition web --desired-count 2 --launch-type FARGATE \
  --network-configuration "awsvpcConfiguration={subnets=[$subnet],assignPublicIp=ENABLED}" --query service.status
aws ecs wait services-stable --cluster demo --services web
task=$(aws ecs list-tasks --cluster demo --service-name web --query 'taskArns[0]' --output text)
aws ecs stop-task --cluster demo --task "$task" --query task.desiredStatus
