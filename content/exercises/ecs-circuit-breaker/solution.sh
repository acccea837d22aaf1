# The whole exercise as a learner would do it.
set -eu
aws ecs update-service --cluster demo --service web --deployment-configuration "deploymentCircuitBreaker={enable=true,rollback=true}" --query service.status
aws ecs register-task-definition --cli-input-json file://web-next.json --query taskDefinition.revision
aws ecs update-service --cluster demo --service web --task-definition web --query service.status
