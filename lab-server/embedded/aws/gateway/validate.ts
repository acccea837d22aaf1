// Required members of an input, at every depth, by the service's model.
import { shapeOf, type ServiceModel } from '../model/model.ts';
import { AwsError } from './errors.ts';

/** The path of the first required member that is missing: `containerDefinitions[0].name`. Undefined when all are there. */
export function missingMember(value: unknown, shapeName: string, model: ServiceModel, path = ''): string | undefined {
  if (shapeName.startsWith('$')) {
    return undefined;
  }
  const shape = shapeOf(model, shapeName);
  switch (shape.type) {
    case 'list':
      for (const [index, item] of (value as unknown[]).entries()) {
        const missing = missingMember(item, shape.member.shape, model, `${path}[${index}]`);
        if (missing) {
          return missing;
        }
      }
      return undefined;
    case 'map':
      for (const [key, item] of Object.entries(value as object)) {
        const missing = missingMember(item, shape.value.shape, model, `${path}.${key}`);
        if (missing) {
          return missing;
        }
      }
      return undefined;
    case 'structure':
    case 'union': {
      const source = value as Record<string, unknown>;
      const join = (name: string): string => (path === '' ? name : `${path}.${name}`);
      for (const name of shape.required) {
        if (source[name] === undefined && shape.members[name]?.idempotencyToken !== true) {
          return join(name);
        }
      }
      for (const [name, member] of Object.entries(shape.members)) {
        const missing = source[name] === undefined ? undefined : missingMember(source[name], member.shape, model, join(name));
        if (missing) {
          return missing;
        }
      }
      return undefined;
    }
    default:
      return shape satisfies never;
  }
}

/** The usual words for a missing member, by protocol. */
export function missingMemberError(model: ServiceModel, member: string): AwsError {
  switch (model.protocol) {
    case 'ec2':
      return new AwsError('MissingParameter', `The request must contain the parameter ${member}`, { status: 400 });
    case 'query':
      return new AwsError(
        'ValidationError',
        `1 validation error detected: Value null at '${member.charAt(0).toLowerCase()}${member.slice(1)}' failed to satisfy constraint: Member must not be null`,
        { status: 400 },
      );
    default:
      return new AwsError(
        'ValidationException',
        `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
        { status: 400 },
      );
  }
}
