// What a target gets of an event: all of it, a part, a constant, or a text made of parts (user guide, "Input transformation").
import type { BusEvent, Rule, Target } from './state.ts';

/** The value at `$.detail.taskArn`, `$.resources[0]`; undefined when there is none. */
export function valueAt(event: unknown, path: string): unknown {
  const parts = path.replace(/^\$\.?/, '').match(/[^.[\]]+/g) ?? [];
  return parts.reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], event);
}

/** The text for a target. */
export function inputFor(target: Target, event: BusEvent, rule: Rule): string {
  if (target.Input !== undefined) {
    return target.Input;
  }
  if (target.InputPath !== undefined) {
    return JSON.stringify(valueAt(event, target.InputPath) ?? null);
  }
  const { InputTemplate, InputPathsMap = {} } = target.InputTransformer ?? {};
  if (InputTemplate === undefined) {
    return JSON.stringify(event);
  }
  const known: Record<string, unknown> = {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': event.time,
    'aws.events.event': event,
    'aws.events.event.json': event,
    ...Object.fromEntries(Object.entries(InputPathsMap).map(([name, path]) => [name, valueAt(event, path)])),
  };
  // Within quotes a value is text; elsewhere it is JSON.
  return InputTemplate.replaceAll(/"?<([\w.-]+)>"?/g, (whole: string, name: string) => {
    if (!Object.hasOwn(known, name)) {
      return whole;
    }
    const value = known[name];
    const quoted = whole.startsWith('"') && whole.endsWith('"');
    if (quoted) {
      return JSON.stringify(typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));
    }
    const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
    return `${whole.startsWith('"') ? '"' : ''}${isInText(InputTemplate, whole) ? text : JSON.stringify(value ?? '')}${whole.endsWith('"') ? '"' : ''}`;
  });
}

/** Whether a placeholder stands within a quoted text of the template. */
function isInText(template: string, placeholder: string): boolean {
  const before = template.slice(0, template.indexOf(placeholder));
  return (before.match(/(?<!\\)"/g) ?? []).length % 2 === 1;
}
