set -eu
aws ecs update-service --cluster demo --service web --deployment-configuration "deploymentCircuitBreaker={enable=true,rollback=true}"
