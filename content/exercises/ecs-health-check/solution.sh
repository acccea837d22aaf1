# The whole exercise as a learner would do it.
set -eu
sed -i -e 's#localhost:8080/#localhost/#' -e 's/"retries": 1/"retries": 3/' web.json
aws ecs register-task-definition --cli-input-json file://web.json --query taskDefinition.revision
aws ecs update-service --cluster demo --service web --task-definition web --query service.status
