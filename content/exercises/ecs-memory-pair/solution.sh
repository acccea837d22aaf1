# The whole exercise as a learner would do it.
set -eu
sed -i 's/"memory": "3000"/"memory": "3072"/' report.json
aws ecs register-task-definition --cli-input-json file://report.json --query taskDefinition.revision
subnet=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
aws ecs run-task --cluster demo --launch-type FARGATE --task-definition report \
  --network-configuration "awsvpcConfiguration={subnets=[$subnet],assignPublicIp=ENABLED}" --query 'tasks[0].lastStatus'
