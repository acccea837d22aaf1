// The services of the endpoint: one line each.
import type { ServiceDefinition } from './service.ts';
import { applicationAutoscaling } from './application-autoscaling/index.ts';
import { autoscaling } from './autoscaling/index.ts';
import { cloudwatch } from './cloudwatch/index.ts';
import { cloudformation } from './cloudformation/index.ts';
import { ec2 } from './ec2/index.ts';
import { ecr } from './ecr/index.ts';
import { ecs } from './ecs/index.ts';
import { elbv2 } from './elbv2/index.ts';
import { events } from './events/index.ts';
import { iam } from './iam/index.ts';
import { logs } from './logs/index.ts';
import { pricing } from './pricing/index.ts';
import { secretsmanager } from './secretsmanager/index.ts';
import { servicediscovery } from './servicediscovery/index.ts';
import { ssm } from './ssm/index.ts';
import { sts } from './sts/index.ts';
import { xray } from './xray/index.ts';

export const services: readonly ServiceDefinition[] = [
  cloudwatch,
  applicationAutoscaling,
  ec2,
  ecr,
  elbv2,
  autoscaling,
  ecs,
  events,
  iam,
  logs,
  pricing,
  secretsmanager,
  servicediscovery,
  ssm,
  sts,
  cloudformation,
  xray,
];
