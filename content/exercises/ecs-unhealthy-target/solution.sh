# The whole exercise as a learner would do it.
set -eu
group=$(aws elbv2 describe-target-groups --names web --query 'TargetGroups[0].TargetGroupArn' --output text)
aws elbv2 modify-target-group --target-group-arn "$group" --health-check-path / --query 'TargetGroups[0].HealthCheckPath'
