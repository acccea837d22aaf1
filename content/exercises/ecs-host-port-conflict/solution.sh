# The whole exercise as a learner would do it.
set -eu
sed -i 's/"hostPort": 80/"hostPort": 0/' web.json
aws ecs register-task-definition --cli-input-json file://web.json --query taskDefinition.revision
aws ecs update-service --cluster demo --service web --task-definition web --query service.status
aws ecs wait services-stable --cluster demo --services web
tasks=$(aws ecs list-tasks --cluster demo --service-name web --query 'taskArns[]' --output text)
aws ecs describe-tasks --cluster demo --tasks $tasks --query 'tasks[].containers[].networkBindings[].hostPort' --output text > ports.txt
