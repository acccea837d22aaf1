// What the functions of a stack's template look up: parameters, resources, exports of other stacks, zones.
import { parseTemplate, type Template } from '../template/template.ts';
import { isList } from '../template/parameters.ts';
import { evaluateConditions, type Scope } from '../template/functions.ts';
import { validationError } from '../errors.ts';
import type { AwsContext } from '../../service.ts';
import type { Stack, StackBody } from '../state.ts';
import { zonesOf } from '../../ec2/zones.ts';
import { stacksOf } from './records.ts';

/** `body` is the stack's own template and parameters, or those of before or after. */
export function scopeOf(stack: Stack, body: StackBody, context: AwsContext, imports: Set<string> = new Set()): Scope {
  const template = parseTemplate(body.template);
  const withoutConditions = {
    template,
    values: { ...pseudoParameters(stack), ...parameterScope(template, { ...body.parameters, ...stack.resolved }) },
    physicalId: (name: string) => stack.resources[name]?.physicalId,
    attribute: (name: string, attribute: string) => attributeOf(stack, name, attribute),
    importValue: (name: string) => {
      imports.add(name);
      return exportValue(name, stack, context);
    },
    zones: (region: string) => zonesOf(region),
  };
  return { ...withoutConditions, conditions: evaluateConditions(withoutConditions) };
}

function pseudoParameters(stack: Stack): Record<string, unknown> {
  return {
    'AWS::AccountId': stack.account,
    'AWS::NotificationARNs': stack.notificationArns,
    'AWS::Partition': 'aws',
    'AWS::Region': stack.region,
    'AWS::StackId': stack.stackId,
    'AWS::StackName': stack.stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
}

function parameterScope(template: Template, values: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(template.Parameters ?? {}).map(([name, declaration]) => {
      const value = values[name] ?? '';
      return [name, isList(declaration) ? (value === '' ? [] : value.split(',').map((part) => part.trim())) : value];
    }),
  );
}

function attributeOf(stack: Stack, name: string, attribute: string): unknown {
  const record = stack.resources[name];
  return record?.attributes[attribute];
}

function exportValue(name: string, stack: Stack, context: AwsContext): string {
  for (const other of stacksOf(stack, context)) {
    const found = other.status === 'DELETE_COMPLETE' ? undefined : other.outputs.find((output) => output.exportName === name);
    if (found) {
      return found.value;
    }
  }
  throw validationError(`No export named ${name} found.`);
}

/** Names of the resources whose condition holds. */
export function activeResources(scope: Scope): Set<string> {
  return new Set(
    Object.entries(scope.template.Resources)
      .filter(([, resource]) => resource.Condition === undefined || scope.conditions[resource.Condition])
      .map(([name]) => name),
  );
}
