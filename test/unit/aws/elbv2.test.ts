import { expect, test } from 'vitest';
import { chooseGroup } from '../../../lab-server/embedded/aws/services/elbv2/choose-target.ts';
import { matches, meets, type Seen } from '../../../lab-server/embedded/aws/services/elbv2/conditions.ts';
import { isExpected } from '../../../lab-server/embedded/aws/services/elbv2/health-check.ts';
import { locationOf } from '../../../lab-server/embedded/aws/services/elbv2/http-answers.ts';
import type { ElbWorld } from '../../../lab-server/embedded/aws/services/elbv2/world.ts';
import { ecsStand } from './ecs-stand.ts';

const request: Seen = {
  method: 'GET',
  host: 'Shop.example.com:8080',
  path: '/api/orders',
  query: new URLSearchParams('version=v2&debug=1'),
  header: (name) => (name === 'user-agent' ? 'curl/8.0' : undefined),
  sourceAddress: '10.1.2.3',
};

test.each([
  ['/api/*', '/api/orders', true],
  ['/api/?rders', '/api/orders', true],
  ['*.png', '/img/a.PNG', false],
  ['/a*b*c', '/aXbYbZc', true],
  ['/a*b', '/aXc', false],
])('the pattern %s against %s is %s', (pattern, path, expected) => {
  expect(matches(pattern, path, false)).toBe(expected);
});

test('a pattern of many stars is matched in little time', () => {
  expect(matches(`${'*a'.repeat(60)}b`, 'a'.repeat(20_000), false)).toBe(false);
});

test.each([
  [{ Field: 'host-header', Values: ['*.EXAMPLE.com'] }, true],
  [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/other', '/api/*'] } }, true],
  [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'User-Agent', Values: ['wget*'] } }, false],
  [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['POST'] } }, false],
  [{ Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'version', Value: 'v?' }] } }, true],
  [{ Field: 'query-string', QueryStringConfig: { Values: [{ Value: '1' }] } }, true],
  [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.1.0.0/16'] } }, true],
])('the condition %j is met: %s', (condition, expected) => {
  expect(meets([condition], request)).toBe(expected);
});

test('weights of target groups are kept evenly', () => {
  const action = { Type: 'forward' as const, ForwardConfig: { TargetGroups: [group('blue', 3), group('green', 1)] } };
  const world = {} as ElbWorld;
  const chosen = Array.from({ length: 8 }, () => chooseGroup(action, world));
  expect(chosen.filter((one) => one === 'blue')).toHaveLength(6);
  expect(chosen.slice(0, 4)).toContain('green');
});

function group(arn: string, weight: number): { TargetGroupArn: string; Weight: number } {
  return { TargetGroupArn: arn, Weight: weight };
}

test.each([
  [200, '200', true],
  [204, '200-299', true],
  [302, '200,302', true],
  [404, '200-399', false],
])('the status %i is expected by %s: %s', (status, matcher, expected) => {
  expect(isExpected(status, matcher)).toBe(expected);
});

test('a redirect keeps the parts of the URL that it does not name', () => {
  const action = { Type: 'redirect' as const, RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' as const } };
  const from = { url: '/a/b?c=d', headers: { host: 'example.com:80' } };
  expect(locationOf(from, action, { protocol: 'HTTP', port: 80 })).toBe('https://example.com:443/a/b?c=d');
});

test('a target that nothing answers for is unhealthy after as many failed checks as its group says, and drains when it is deregistered', async () => {
  await using stand = await ecsStand();
  const elb = <Answer>(operation: string, input: object): Promise<Answer> => stand.call<Answer>('elasticloadbalancing', operation, input);
  const { awsvpcConfiguration } = await stand.network();
  const { Subnets } = await stand.call<{ Subnets: { SubnetId: string; VpcId: string }[] }>('ec2', 'DescribeSubnets');
  const { TargetGroups } = await elb<{ TargetGroups: { TargetGroupArn: string }[] }>('CreateTargetGroup', {
    Name: 'web',
    Protocol: 'HTTP',
    Port: 80,
    TargetType: 'ip',
    VpcId: Subnets[0]?.VpcId,
    HealthCheckIntervalSeconds: 10,
    UnhealthyThresholdCount: 3,
  });
  const TargetGroupArn = TargetGroups[0]?.TargetGroupArn;
  const health = async (): Promise<object | undefined> => {
    const { TargetHealthDescriptions } = await elb<{ TargetHealthDescriptions: { TargetHealth: object }[] }>('DescribeTargetHealth', {
      TargetGroupArn,
    });
    return TargetHealthDescriptions[0]?.TargetHealth;
  };
  await elb('RegisterTargets', { TargetGroupArn, Targets: [{ Id: '172.31.0.99' }] });
  expect(await health()).toMatchObject({ State: 'unused', Reason: 'Target.NotInUse' });
  const { LoadBalancers } = await elb<{ LoadBalancers: { LoadBalancerArn: string }[] }>('CreateLoadBalancer', {
    Name: 'web',
    Subnets: Subnets.slice(0, 2).map((subnet) => subnet.SubnetId),
    SecurityGroups: awsvpcConfiguration.securityGroups,
  });
  await elb('CreateListener', {
    LoadBalancerArn: LoadBalancers[0]?.LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  });
  expect(await health()).toMatchObject({ State: 'initial', Reason: 'Elb.RegistrationInProgress' });
  await stand.clock.advance(9000);
  expect(await health()).toMatchObject({ State: 'initial', Reason: 'Elb.InitialHealthChecking' });
  await stand.clock.advance(21_000);
  expect(await health()).toMatchObject({ State: 'unhealthy', Reason: 'Target.FailedHealthChecks' });
  await elb('DeregisterTargets', { TargetGroupArn, Targets: [{ Id: '172.31.0.99' }] });
  expect(await health()).toMatchObject({ State: 'draining', Reason: 'Target.DeregistrationInProgress' });
  await stand.clock.advance(300_000);
  expect(await health()).toBeUndefined();
});
