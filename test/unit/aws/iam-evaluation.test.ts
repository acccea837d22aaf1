// The evaluation of policies, without an endpoint.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conditionsHold } from '../../../lab-server/embedded/aws/services/iam/evaluation/conditions.ts';
import { decide, reasonOf, type BearingPolicies } from '../../../lab-server/embedded/aws/services/iam/evaluation/decide.ts';
import { matchesArn, matchesWildcard } from '../../../lab-server/embedded/aws/services/iam/evaluation/wildcards.ts';

const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/demo';

function policy(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

const allowAll = policy({ Effect: 'Allow', Action: '*', Resource: '*' });

function verdict(policies: Partial<BearingPolicies>, action = 'ecs:DeleteCluster', resource = CLUSTER, values = {}): string {
  const decision = decide({ identity: [], ...policies }, { action, resource, values });
  return decision.verdict === 'allowed' ? 'allowed' : reasonOf(decision, action);
}

describe('wildcards', () => {
  test('a star stands for any text, a question mark for one character', () => {
    expect(matchesWildcard('ecs:Describe*', 'ecs:DescribeTasks')).toBe(true);
    expect(matchesWildcard('web-?', 'web-1')).toBe(true);
    expect(matchesWildcard('web-?', 'web-10')).toBe(false);
    expect(matchesWildcard('*a*b*c', 'xxaxxbxxc')).toBe(true);
  });

  test('every text matches a star around any part of it', () => {
    const plain = fc.string().filter((text) => !/[*?]/.test(text));
    fc.assert(
      fc.property(plain, plain, plain, (before, middle, after) => {
        expect(matchesWildcard(`*${middle}*`, before + middle + after)).toBe(true);
      }),
    );
  });

  test('a long pattern of stars is answered at once', () => {
    expect(matchesWildcard(`${'*a'.repeat(200)}*b`, 'a'.repeat(5000))).toBe(false);
  });

  test('a star of an ARN does not reach into the next part', () => {
    expect(matchesArn('arn:aws:ecs:*:123456789012:cluster/*', CLUSTER)).toBe(true);
    expect(matchesArn('arn:aws:ecs:*::cluster/demo', CLUSTER)).toBe(false);
    expect(matchesArn('arn:aws:s3:::bucket/*', 'arn:aws:s3:::bucket/a:b/c')).toBe(true);
  });
});

describe('decisions', () => {
  test('nothing is allowed unless a policy says so', () => {
    expect(verdict({})).toBe('because no identity-based policy allows the ecs:DeleteCluster action');
    expect(verdict({ identity: [allowAll] })).toBe('allowed');
  });

  test('a deny wins over every allow, wherever it stands', () => {
    const deny = policy({ Effect: 'Deny', Action: 'ecs:delete*', Resource: '*' });
    expect(verdict({ identity: [allowAll, deny] })).toBe('with an explicit deny in an identity-based policy');
    expect(verdict({ identity: [allowAll], boundary: deny })).toBe('with an explicit deny in a permissions boundary');
    expect(verdict({ identity: [allowAll], session: [deny] })).toBe('with an explicit deny in a session policy');
  });

  test('a boundary and a session policy bound what other policies allow', () => {
    const reads = policy({ Effect: 'Allow', Action: ['ecs:Describe*', 'ecs:List*'], Resource: '*' });
    expect(verdict({ identity: [allowAll], boundary: reads })).toBe('because no permissions boundary allows the ecs:DeleteCluster action');
    expect(verdict({ identity: [allowAll], session: [reads] })).toBe('because no session policy allows the ecs:DeleteCluster action');
    expect(verdict({ identity: [allowAll], boundary: reads }, 'ecs:ListTasks')).toBe('allowed');
    expect(verdict({ identity: [], boundary: allowAll })).toContain('no identity-based policy');
  });

  test('NotAction and NotResource mean everything else', () => {
    const others = policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' });
    expect(verdict({ identity: [others] })).toBe('allowed');
    expect(verdict({ identity: [others] }, 'iam:CreateUser', '*')).toContain('no identity-based policy');
    const elsewhere = policy({ Effect: 'Allow', Action: 'ecs:*', NotResource: CLUSTER });
    expect(verdict({ identity: [elsewhere] })).toContain('no identity-based policy');
    expect(verdict({ identity: [elsewhere] }, 'ecs:DeleteCluster', `${CLUSTER}-2`)).toBe('allowed');
  });

  test('a variable stands for the caller, and matches nothing when it has no value', () => {
    const own = policy({ Effect: 'Allow', Action: 'iam:*', Resource: 'arn:aws:iam::*:user/${aws:username}' });
    const arn = 'arn:aws:iam::123456789012:user/ann';
    expect(verdict({ identity: [own] }, 'iam:GetUser', arn, { 'aws:username': 'ann' })).toBe('allowed');
    expect(verdict({ identity: [own] }, 'iam:GetUser', arn, { 'aws:username': 'bob' })).toContain('no identity-based policy');
    expect(verdict({ identity: [own] }, 'iam:GetUser', 'arn:aws:iam::123456789012:user/', {})).toContain('no identity-based policy');
  });

  test('a policy of the resource that names the caller is enough, one that names its account is not', () => {
    const resource = (principal: object): NonNullable<BearingPolicies['resource']> => ({
      document: policy({ Effect: 'Allow', Principal: principal, Action: 'ecr:*' }),
      direct: { AWS: ['arn:aws:iam::123456789012:user/ann'] },
      account: { AWS: ['123456789012'] },
    });
    expect(verdict({ resource: resource({ AWS: 'arn:aws:iam::123456789012:user/ann' }) }, 'ecr:BatchGetImage')).toBe('allowed');
    expect(verdict({ resource: resource({ AWS: '123456789012' }) }, 'ecr:BatchGetImage')).toContain('no identity-based policy');
  });
});

describe('conditions', () => {
  const values = {
    'aws:requesttag/team': 'red',
    'aws:sourceip': '203.0.113.7',
    'aws:currenttime': '2026-11-25T00:00:00Z',
    'aws:tagkeys': ['team', 'cost'],
  };
  test.each([
    [{ StringEquals: { 'aws:RequestTag/team': ['blue', 'red'] } }, true],
    [{ StringNotEquals: { 'aws:RequestTag/team': ['blue', 'red'] } }, false],
    [{ StringLike: { 'aws:RequestTag/team': 'r*' } }, true],
    [{ StringEquals: { 'aws:RequestTag/owner': 'ann' } }, false],
    [{ StringEqualsIfExists: { 'aws:RequestTag/owner': 'ann' } }, true],
    [{ StringNotEquals: { 'aws:RequestTag/owner': 'ann' } }, true],
    [{ Null: { 'aws:RequestTag/owner': 'true' } }, true],
    [{ Null: { 'aws:RequestTag/team': true } }, false],
    [{ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, true],
    [{ NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, false],
    [{ DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } }, true],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'cost', 'owner'] } }, true],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } }, false],
    [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['team'] } }, true],
    [{ NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } }, false],
    [{ StringEquals: { 'aws:RequestTag/team': 'red' }, Bool: { 'aws:SecureTransport': 'true' } }, false],
    [{ MadeUp: { 'aws:RequestTag/team': 'red' } }, false],
  ])('%j: %s', (block, expected) => {
    expect(conditionsHold(block as Parameters<typeof conditionsHold>[0], values)).toBe(expected);
  });
});
