# The whole exercise as a learner would do it.
set -eu
aws ecs update-service --cluster demo --service web --task-definition web:1 --query service.status
aws ecs deregister-task-definition --task-definition web:2 --query taskDefinition.status
