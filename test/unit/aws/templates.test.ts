// Templates of CloudFormation without a stack: reading, functions, order.
import { describe, expect, test } from 'vitest';
import { cidrBlocks } from '../../../lab-server/embedded/aws/services/cloudformation/template/cidr-blocks.ts';
import { evaluateConditions, resolve, type Scope } from '../../../lab-server/embedded/aws/services/cloudformation/template/functions.ts';
import { parameterValues } from '../../../lab-server/embedded/aws/services/cloudformation/template/parameters.ts';
import { creationOrder } from '../../../lab-server/embedded/aws/services/cloudformation/template/references.ts';
import { parseTemplate } from '../../../lab-server/embedded/aws/services/cloudformation/template/template.ts';

const TEMPLATE = `
Parameters:
  Stage: { Type: String, Default: test, AllowedValues: [test, live] }
  Zones: { Type: CommaDelimitedList, Default: "a, b" }
Mappings:
  Sizes: { test: { count: 1 }, live: { count: 3 } }
Conditions:
  IsLive: !Equals [!Ref Stage, live]
  IsQuiet: !And [!Not [!Condition IsLive], !Condition IsLong]
  IsLong: !Or [!Equals [a, b], !Equals [c, c]]
Resources:
  Second: { Type: AWS::Logs::LogGroup, DependsOn: Third }
  First: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: !Ref Second } }
  Third: { Type: AWS::Logs::LogGroup }
`;

function scope(values: Record<string, unknown> = {}): Scope {
  const template = parseTemplate(TEMPLATE);
  const found = {
    template,
    values: { Stage: 'test', Zones: ['a', 'b'], 'AWS::Region': 'us-east-1', 'AWS::StackName': 'demo', ...values },
    physicalId: (name: string) => (name === 'Third' ? 'group-3' : undefined),
    attribute: (name: string, attribute: string) => (name === 'Third' && attribute === 'Arn' ? 'arn:third' : undefined),
    importValue: (name: string) => `imported ${name}`,
    zones: () => ['us-east-1a', 'us-east-1b'],
  };
  return { ...found, conditions: evaluateConditions(found) };
}

describe('functions', () => {
  test.each([
    ['Ref of a list', { Ref: 'Zones' }, ['a', 'b']],
    ['Ref of a resource', { Ref: 'Third' }, 'group-3'],
    ['GetAtt', { 'Fn::GetAtt': ['Third', 'Arn'] }, 'arn:third'],
    ['Sub', { 'Fn::Sub': '${AWS::StackName}-${Third.Arn}-${!literal}' }, 'demo-arn:third-${literal}'],
    [
      'Sub with names of its own',
      { 'Fn::Sub': ['${Word} in ${AWS::Region}', { Word: { 'Fn::Join': ['-', ['x', 'y']] } }] },
      'x-y in us-east-1',
    ],
    ['Join, Split and Select', { 'Fn::Select': [1, { 'Fn::Split': ['|', { 'Fn::Join': ['|', ['p', 'q']] }] }] }, 'q'],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'Stage' }, 'count'] }, 1],
    ['GetAZs', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'us-east-1a'],
    ['If', { 'Fn::If': ['IsLive', 'yes', 'no'] }, 'no'],
    ['If with conditions of conditions', { 'Fn::If': ['IsQuiet', 'quiet', 'loud'] }, 'quiet'],
    ['Base64', { 'Fn::Base64': 'hello' }, 'aGVsbG8='],
    ['ImportValue', { 'Fn::ImportValue': 'shared' }, 'imported shared'],
    ['NoValue leaves its member out', { kept: 1, gone: { Ref: 'AWS::NoValue' } }, { kept: 1 }],
    ['ToJsonString', { 'Fn::ToJsonString': { zones: { Ref: 'Zones' } } }, '{"zones":["a","b"]}'],
  ])('%s', (_name, value, expected) => {
    expect(resolve(value, scope())).toEqual(expected);
  });

  test('what cannot be looked up is named', () => {
    expect(() => resolve({ 'Fn::Select': [5, ['a']] }, scope())).toThrow('Fn::Select cannot select nonexistent value at index 5');
    expect(() => resolve({ 'Fn::FindInMap': ['Sizes', 'none', 'count'] }, scope())).toThrow('Unable to get mapping for Sizes::none::count');
    expect(() => resolve({ 'Fn::GetAtt': ['Third', 'Nope'] }, scope())).toThrow('does not support attribute type Nope');
  });
});

test('a block is cut into equal ones, and never into more than fit', () => {
  expect(cidrBlocks('10.0.0.0/16', 3, 8)).toEqual(['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24']);
  expect(() => cidrBlocks('10.0.0.0/30', 2, 8)).toThrow('Fn::Cidr');
});

test('resources are made after what they depend on', () => {
  const template = parseTemplate(TEMPLATE);
  expect(creationOrder(template, new Set(Object.keys(template.Resources)))).toEqual(['Third', 'Second', 'First']);
});

test('parameters keep their values where the request says so, and must be allowed', () => {
  const template = parseTemplate(TEMPLATE);
  const before = { Stage: 'live', Zones: 'x' };
  expect(parameterValues(template, [{ ParameterKey: 'Stage', UsePreviousValue: true }], before)).toEqual({ Stage: 'live', Zones: 'a, b' });
  expect(() => parameterValues(template, [{ ParameterKey: 'Stage', ParameterValue: 'none' }])).toThrow(
    "Parameter 'Stage' must be one of AllowedValues",
  );
});
