# The whole exercise as a learner would do it.
set -eu
sed -i 's/"Service": ""/"Service": "ecs-tasks.amazonaws.com"/' trust.json
aws iam create-role --role-name shop-execution --assume-role-policy-document file://trust.json --query Role.Arn
aws iam attach-role-policy --role-name shop-execution --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
sed -i 's#"family": "shop",#"family": "shop",\n  "executionRoleArn": "arn:aws:iam::123456789012:role/shop-execution",#' shop.json
aws ecs register-task-definition --cli-input-json file://shop.json --query taskDefinition.revision
subnet=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
aws ecs run-task --cluster demo --launch-type FARGATE --task-definition shop \
  --network-configuration "awsvpcConfiguration={subnets=[$subnet],assignPublicIp=ENABLED}" --query 'tasks[0].lastStatus'
