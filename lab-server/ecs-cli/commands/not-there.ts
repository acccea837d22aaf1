// Commands of the archived tool that this one does not have, and what does the same.

const REGISTRY = 'aws ecr get-login-password | docker login --username AWS --password-stdin ACCOUNT.dkr.ecr.REGION.amazonaws.com';

export const NOT_THERE: readonly { name: string; why: string }[] = [
  { name: 'push', why: `ecs-cli push is not here. Log Docker in (${REGISTRY}), then \`docker push\`.` },
  { name: 'pull', why: `ecs-cli pull is not here. Log Docker in (${REGISTRY}), then \`docker pull\`.` },
  {
    name: 'registry-creds',
    why: 'ecs-cli registry-creds is not here. `aws secretsmanager create-secret` keeps a registry password; name it under services.NAME.repository_credentials in ecs-params.yml.',
  },
  { name: 'local', why: 'ecs-cli local is not here. `docker compose up` runs a Compose file on this machine.' },
  { name: 'license', why: 'This ecs-cli is a part of Dockside, under the Apache License 2.0.' },
];
