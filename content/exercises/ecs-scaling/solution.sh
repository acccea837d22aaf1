# The whole exercise as a learner would do it.
set -eu
aws application-autoscaling register-scalable-target --service-namespace ecs --resource-id service/demo/web \
  --scalable-dimension ecs:service:DesiredCount --min-capacity 2 --max-capacity 6
aws application-autoscaling put-scaling-policy --policy-name cpu --service-namespace ecs --resource-id service/demo/web \
  --scalable-dimension ecs:service:DesiredCount --policy-type TargetTrackingScaling --target-tracking-scaling-policy-configuration \
  '{"TargetValue":60,"PredefinedMetricSpecification":{"PredefinedMetricType":"ECSServiceAverageCPUUtilization"}}' --query PolicyARN
