# The whole exercise as a learner would do it.
set -eu
stopped=''
while [ -z "$stopped" ]; do
  stopped=$(aws ecs list-tasks --cluster demo --desired-status STOPPED --query 'taskArns[]' --output text)
done
aws ecs describe-tasks --cluster demo --tasks $stopped --query 'tasks[0].stoppedReason' --output text | cut -d : -f 1 > reason.txt
sed -i 's/1.28-almalinux/1.28/' shop.json
aws ecs register-task-definition --cli-input-json file://shop.json --query taskDefinition.revision
aws ecs update-service --cluster demo --service shop --task-definition shop --query service.taskDefinition
