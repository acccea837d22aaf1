set -eu
aws ecs update-service --cluster demo --service web --deployment-configuration "minimumHealthyPercent=50,maximumPercent=200"
