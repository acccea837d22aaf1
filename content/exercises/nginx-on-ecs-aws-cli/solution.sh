# The whole exercise as a learner would do it, from the starter files.
set -eu
IFS=, read -r key secret < <(tail -n 1 learner_accessKeys.csv)
printf '%s\n%s\nus-east-1\njson\n' "$key" "$secret" | aws configure > /dev/null
aws ecs create-cluster --cluster-name demo
sed -i -e 's/"image": ""/"image": "nginx:latest"/' -e 's/"portMappings": \[\]/"portMappings": [{ "containerPort": 80, "protocol": "tcp" }]/' nginx-task.json
aws ecs register-task-definition --cli-input-json file://nginx-task.json
subnet=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
group=$(aws ec2 describe-security-groups --group-names default --query 'SecurityGroups[0].GroupId' --output text)
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 80 --cidr 0.0.0.0/0
task=$(aws ecs run-task --cluster demo --launch-type FARGATE --task-definition nginx-task \
  --network-configuration "awsvpcConfiguration={subnets=[$subnet],securityGroups=[$group],assignPublicIp=ENABLED}" \
  --query 'tasks[0].taskArn' --output text)
aws ecs wait tasks-running --cluster demo --tasks "$task"
interface=$(aws ecs describe-tasks --cluster demo --tasks "$task" \
  --query "tasks[0].attachments[0].details[?name=='networkInterfaceId'].value" --output text)
address=$(aws ec2 describe-network-interfaces --network-interface-ids "$interface" \
  --query 'NetworkInterfaces[0].Association.PublicIp' --output text)
curl --silent --show-error --fail "http://$address/" | grep 'Welcome to nginx!'
