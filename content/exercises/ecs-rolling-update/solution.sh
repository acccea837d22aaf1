# The whole exercise as a learner would do it.
set -eu
aws ecs update-service --cluster demo --service web --deployment-configuration "minimumHealthyPercent=100,maximumPercent=200" --query service.status
sed -i 's/nginx:1.27/nginx:1.28/' web.json
aws ecs register-task-definition --cli-input-json file://web.json --query taskDefinition.revision
aws ecs update-service --cluster demo --service web --task-definition web --query service.status
