# The whole exercise as a learner would do it.
set -eu
sed -i 's#localhost:8080/#localhost/#' web.json
aws ecs register-task-definition --cli-input-json file://web.json --query taskDefinition.revision
aws ecs update-service --cluster demo --service web --task-definition web --query service.status
