// Kinds that are never stored: a request for one is a question, and its answer is the response.
import { plainColumns } from '../../resources/columns.ts';
import type { KindDefinition } from '../../resources/kind.ts';

function question(group: string, kind: string, namespaced = false, model = `V1${kind}`): KindDefinition {
  const singular = kind.toLowerCase();
  return { group, version: 'v1', kind, plural: `${singular}s`, singular, namespaced, model, verbs: ['create'], columns: plainColumns() };
}

export const virtualKinds: readonly KindDefinition[] = [
  question('', 'Binding', true),
  question('authentication.k8s.io', 'SelfSubjectReview'),
  question('authentication.k8s.io', 'TokenReview'),
  question('authorization.k8s.io', 'LocalSubjectAccessReview', true),
  question('authorization.k8s.io', 'SelfSubjectAccessReview'),
  question('authorization.k8s.io', 'SelfSubjectRulesReview'),
  question('authorization.k8s.io', 'SubjectAccessReview'),
];
