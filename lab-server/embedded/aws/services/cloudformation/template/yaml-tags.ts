// The short forms of intrinsic functions in YAML: `!Ref Name` is `{ Ref: Name }`, `!GetAtt A.B` is `{ "Fn::GetAtt": ["A", "B"] }`.
import { isMap, isScalar, isSeq, type CollectionTag, type ScalarTag } from 'yaml';

const FUNCTIONS = [
  'Ref',
  'Condition',
  'GetAtt',
  'Sub',
  'Join',
  'Select',
  'Split',
  'FindInMap',
  'If',
  'Equals',
  'And',
  'Or',
  'Not',
  'ImportValue',
  'Base64',
  'Cidr',
  'GetAZs',
  'Transform',
  'Length',
  'ToJsonString',
];

function longForm(name: string, value: unknown): Record<string, unknown> {
  if (name === 'Ref' || name === 'Condition') {
    return { [name]: value };
  }
  if (name === 'GetAtt' && typeof value === 'string') {
    const dot = value.indexOf('.');
    return { 'Fn::GetAtt': [value.slice(0, dot), value.slice(dot + 1)] };
  }
  return { [`Fn::${name}`]: value };
}

/** One tag for each function and each kind of node that may follow it. */
export const SHORT_FORMS: (ScalarTag | CollectionTag)[] = FUNCTIONS.flatMap((name): (ScalarTag | CollectionTag)[] => [
  { tag: `!${name}`, resolve: (text: string) => longForm(name, text) },
  {
    tag: `!${name}`,
    collection: 'seq',
    resolve: (node) => (isSeq(node) ? (longForm(name, node.toJSON()) as never) : node),
  },
  {
    tag: `!${name}`,
    collection: 'map',
    resolve: (node) => (isMap(node) || isScalar(node) ? (longForm(name, node.toJSON()) as never) : node),
  },
]);
