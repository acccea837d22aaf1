// Which service a request is for, by its host name.
import { expect, test } from 'vitest';
import { routeByHost } from '../../../lab-server/embedded/aws/gateway/route.ts';

test('host names of AWS lead to their service and region', () => {
  expect(routeByHost('ecs.eu-west-1.amazonaws.com:443')).toEqual({ service: 'ecs', region: 'eu-west-1' });
  expect(routeByHost('api.ecr.us-east-1.amazonaws.com')).toEqual({ service: 'ecr', region: 'us-east-1' });
  expect(routeByHost('iam.amazonaws.com')).toEqual({ service: 'iam', region: 'us-east-1' });
  expect(routeByHost('ECS.us-gov-west-1.api.aws')).toEqual({ service: 'ecs', region: 'us-gov-west-1' });
});

test('a host name that is a path leads nowhere', () => {
  expect(routeByHost('../../package.amazonaws.com')).toBeUndefined();
  expect(routeByHost('..\\package.amazonaws.com')).toBeUndefined();
});
