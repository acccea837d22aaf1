set -eu
aws application-autoscaling register-scalable-target --service-namespace ecs --resource-id service/demo/web \
  --scalable-dimension ecs:service:DesiredCount --min-capacity 1 --max-capacity 6
