set -eu
aws application-autoscaling register-scalable-target --service-namespace ecs --resource-id service/demo/web \
  --scalable-dimension ecs:service:DesiredCount --min-capacity 2 --max-capacity 6
aws application-autoscaling put-scaling-policy --policy-name memory --service-namespace ecs --resource-id service/demo/web \
  --scalable-dimension ecs:service:DesiredCount --policy-type TargetTrackingScaling --target-tracking-scaling-policy-configuration \
  '{"TargetValue":60,"PredefinedMetricSpecification":{"PredefinedMetricType":"ECSServiceAverageMemoryUtilization"}}'
