set -eu
aws iam put-role-policy --role-name api-execution --policy-name read-password --policy-document \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}'
aws ecs update-service --cluster demo --service api --force-new-deployment
