# The whole exercise as a learner would do it.
set -eu
sed -i 's/replicas:.*/replicas: 2/' web.yaml
kubectl apply -f web.yaml
aws ecs register-task-definition --cli-input-json file://web.json --query taskDefinition.revision
subnet=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
aws ecs create-service --cluster demo --service-name web --task-definition web --desired-count 2 --launch-type FARGATE \
  --network-configuration "awsvpcConfiguration={subnets=[$subnet],assignPublicIp=ENABLED}" --query service.status
kubectl rollout status deployment/web --timeout=60s
aws ecs wait services-stable --cluster demo --services web
kubectl delete "$(kubectl get pods -l app=web -o name | head -n 1)"
aws ecs stop-task --cluster demo --task "$(aws ecs list-tasks --cluster demo --service-name web --query 'taskArns[0]' --output text)" --query task.desiredStatus
