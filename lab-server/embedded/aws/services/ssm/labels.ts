// Labels of parameter versions: put on, moved, taken off (API reference, LabelParameterVersion).
import type * as sdk from '@aws-sdk/client-ssm';
import { AwsError } from '../../gateway/errors.ts';
import type { Call, Timestamped } from '../service.ts';
import { keyOf, parameters, requireParameter, validation, versionNotFound, type Parameter } from './parameter.ts';

type Answer<T> = Timestamped<Omit<T, '$metadata'>>;

const MAX_LABELS = 10;
const LONGEST = 100;

function revisionOf(parameter: Parameter, version: number | undefined): number {
  const wanted = version ?? parameter.revisions.at(-1)?.version ?? 0;
  if (!parameter.revisions.some((revision) => revision.version === wanted)) {
    throw versionNotFound(parameter.name, wanted);
  }
  return wanted;
}

function isValid(label: string): boolean {
  return /^[A-Za-z_.-][A-Za-z0-9_.-]*$/.test(label) && !/^(aws|ssm)/i.test(label);
}

export function label(input: Timestamped<sdk.LabelParameterVersionRequest>, call: Call): Answer<sdk.LabelParameterVersionResult> {
  const parameter = requireParameter(input.Name, call);
  const version = revisionOf(parameter, input.ParameterVersion);
  const labels = input.Labels ?? [];
  if (labels.some((one) => one.length < 1 || one.length > LONGEST)) {
    throw validation(
      `1 validation error detected: Value '[${labels.join(', ')}]' at 'labels' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to ${LONGEST}, Member must have length greater than or equal to 1]`,
    );
  }
  const valid = labels.filter(isValid);
  // A label names one version at a time.
  const revisions = parameter.revisions.map((revision) => {
    const others = revision.labels.filter((one) => !valid.includes(one));
    const kept = revision.version === version ? revision.labels : others;
    return revision.version === version ? { ...revision, labels: [...new Set([...kept, ...valid])] } : { ...revision, labels: others };
  });
  if (revisions.some((revision) => revision.labels.length > MAX_LABELS)) {
    throw new AwsError(
      'ParameterVersionLabelLimitExceeded',
      `An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion operation: A parameter version can have maximum ${MAX_LABELS} labels.Move one or more labels to another version and try again.`,
    );
  }
  parameters(call).put(keyOf(call, parameter.name), { ...parameter, revisions });
  return { InvalidLabels: labels.filter((one) => !isValid(one)), ParameterVersion: version };
}

export function unlabel(input: Timestamped<sdk.UnlabelParameterVersionRequest>, call: Call): Answer<sdk.UnlabelParameterVersionResult> {
  const parameter = requireParameter(input.Name, call);
  const version = revisionOf(parameter, input.ParameterVersion);
  const labels = input.Labels ?? [];
  const present = parameter.revisions.find((revision) => revision.version === version)?.labels ?? [];
  const revisions = parameter.revisions.map((revision) =>
    revision.version === version ? { ...revision, labels: revision.labels.filter((one) => !labels.includes(one)) } : revision,
  );
  parameters(call).put(keyOf(call, parameter.name), { ...parameter, revisions });
  return {
    RemovedLabels: labels.filter((one) => present.includes(one)),
    InvalidLabels: labels.filter((one) => !present.includes(one)),
  };
}
