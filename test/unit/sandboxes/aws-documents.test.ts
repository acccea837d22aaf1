import { describe, expect, it } from 'vitest';
import { documentsOf, identityOf, listingFor, nextPage, READ_OPERATION, saysAbsent } from '../../../lab-server/sandboxes/aws-documents.ts';

function anError(name: string, message = ''): Error {
  return Object.assign(new Error(message), { name });
}

describe('what AWS answers, as documents', () => {
  it.each([
    ['a list', { services: [{ serviceName: 'web' }], failures: [], $metadata: {} }, [{ serviceName: 'web' }]],
    ['a list of names', { clusterArns: ['a', 'b'], nextToken: 'more' }, [{ value: 'a' }, { value: 'b' }]],
    ['one object', { taskDefinition: { family: 'web' }, tags: [] }, [{ family: 'web' }]],
    ['several members', { Item: 1, Other: [2] }, [{ Item: 1, Other: [2] }]],
    ['nothing', { $metadata: {}, failures: [{ arn: 'x' }] }, []],
  ])('takes %s out of an answer', (_name, answer, documents) => {
    expect(documentsOf(answer)).toEqual(documents);
  });

  it('writes times as text, as JSON does', () => {
    expect(documentsOf({ tasks: [{ startedAt: new Date(0) }] })).toEqual([{ startedAt: '1970-01-01T00:00:00.000Z' }]);
  });

  it.each([
    [{ nextToken: 'b' }, { nextToken: 'b' }],
    [{ NextToken: 'b' }, { NextToken: 'b' }],
    [{ NextMarker: 'b' }, { Marker: 'b' }],
    [{ Marker: 'b', IsTruncated: true }, { Marker: 'b' }],
  ])('asks for the next page after %j', (answer, more) => {
    expect(nextPage({ Name: 'x' }, answer)).toEqual({ Name: 'x', ...more });
  });

  it('ends where there is no further page, and where a service repeats itself', () => {
    expect(nextPage({}, { clusters: [] })).toBeUndefined();
    expect(nextPage({ nextToken: 'same' }, { nextToken: 'same' })).toBeUndefined();
  });

  it('lists ids first only where a question names none', () => {
    expect(listingFor('ecs', 'DescribeServices', { cluster: 'demo' })).toMatchObject({ list: 'ListServices', into: 'services' });
    expect(listingFor('ecs', 'DescribeServices', { cluster: 'demo', services: ['web'] })).toBeUndefined();
    expect(listingFor('ec2', 'DescribeInstances', {})).toBeUndefined();
  });

  it('knows a refusal that means that there is none, from others', () => {
    expect(saysAbsent(anError('ClusterNotFoundException'))).toBe(true);
    expect(saysAbsent(anError('NoSuchEntityException'))).toBe(true);
    expect(saysAbsent(anError('ClientException', 'Unable to describe task definition.'))).toBe(true);
    expect(saysAbsent(anError('ClientException', 'Invalid revision number.'))).toBe(false);
    expect(saysAbsent(anError('AccessDeniedException'))).toBe(false);
  });

  it('tells a changed document from another one by its ARN', () => {
    const task = { taskArn: 'arn:1', lastStatus: 'PENDING' };
    expect(identityOf({ ...task, lastStatus: 'RUNNING' })).toBe(identityOf(task));
    expect(identityOf({ ...task, taskArn: 'arn:2' })).not.toBe(identityOf(task));
  });

  it.each([
    ['DescribeTasks', true],
    ['GetRole', true],
    ['FilterLogEvents', true],
    ['DeleteCluster', false],
    ['RunTask', false],
    ['Getaway', false],
  ])('lets checks ask %s: %s', (operation, allowed) => {
    expect(READ_OPERATION.test(operation)).toBe(allowed);
  });
});
