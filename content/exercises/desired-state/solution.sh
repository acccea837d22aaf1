set -eu
kubectl create deployment web --image=nginx:1.28 --replicas=3
SUBNET=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
aws ecs create-service --cluster demo --service-name web --task-definition web --desired-count 3 --launch-type FARGATE \
  --network-configuration "awsvpcConfiguration={subnets=[$SUBNET],assignPublicIp=ENABLED}" > /dev/null
kubectl rollout status deployment/web --timeout=60s
kubectl delete "$(kubectl get pods -l app=web -o name | head -1)" --wait=false
aws ecs wait services-stable --cluster demo --services web
aws ecs stop-task --cluster demo --task "$(aws ecs list-tasks --cluster demo --service-name web --query 'taskArns[0]' --output text)" > /dev/null
