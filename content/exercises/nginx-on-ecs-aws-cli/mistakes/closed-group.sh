set -eu
IFS=, read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY < <(tail -n 1 learner_accessKeys.csv)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_DEFAULT_REGION=us-east-1
aws ecs create-cluster --cluster-name demo
sed -i -e 's/"image": ""/"image": "nginx:latest"/' -e 's/"portMappings": \[\]/"portMappings": [{ "containerPort": 80 }]/' nginx-task.json
aws ecs register-task-definition --cli-input-json file://nginx-task.json
subnet=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
aws ecs run-task --cluster demo --launch-type FARGATE --task-definition nginx-task \
  --network-configuration "awsvpcConfiguration={subnets=[$subnet],assignPublicIp=ENABLED}"
