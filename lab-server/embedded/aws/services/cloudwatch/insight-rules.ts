// Contributor Insights rules and anomaly detectors: kept and described; nothing analyses logs or trains on metrics here.
import type * as sdk from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { validation } from './errors.ts';
import { cloudWatchTables, type AnomalyDetector, type InsightRule } from './state.ts';

const LISTED = 500;

const setState = (state: string) => (input: { RuleNames?: string[] }, call: Call) => {
  const { insightRules } = cloudWatchTables(call.tables);
  const failures = (input.RuleNames ?? []).flatMap((name) => {
    const record = insightRules.get(scopeKey(call, name));
    if (record) {
      insightRules.put(scopeKey(call, name), { ...record, rule: { ...record.rule, State: state } });
      return [];
    }
    return [missing(name)];
  });
  return { Failures: failures };
};

function missing(name: string): sdk.PartialFailure {
  return { FailureResource: name, ExceptionType: 'ResourceNotFoundException', FailureCode: '404', FailureDescription: 'Rule not found' };
}

function detectorKey(call: Call, detector: AnomalyDetector): string {
  const single = detector.SingleMetricAnomalyDetector ?? detector;
  return scopeKey(
    call,
    JSON.stringify([single.Namespace, single.MetricName, single.Stat, single.Dimensions, detector.MetricMathAnomalyDetector]),
  );
}

export const insightRuleOperations: Readonly<Record<string, Operation>> = {
  PutInsightRule: operation<sdk.PutInsightRuleInput, object>({
    handle: (input, call) => {
      const { insightRules } = cloudWatchTables(call.tables);
      const key = scopeKey(call, input.RuleName ?? '');
      try {
        JSON.parse(input.RuleDefinition ?? '');
      } catch {
        throw validation('The rule definition is not valid JSON.');
      }
      const rule: InsightRule = {
        Name: input.RuleName,
        State: input.RuleState ?? 'ENABLED',
        Schema: '{"Name" : "CloudWatchLogRule", "Version" : 1}',
        Definition: input.RuleDefinition,
        ManagedRule: false,
      };
      insightRules.put(key, { rule, tags: insightRules.get(key)?.tags ?? input.Tags ?? [] });
      return {};
    },
  }),
  DescribeInsightRules: operation<sdk.DescribeInsightRulesInput, sdk.DescribeInsightRulesOutput>({
    handle: (input, call) => {
      const rules = cloudWatchTables(call.tables).insightRules.list(`${scopeKey(call)}/`);
      const page = pageOf(
        rules,
        input.NextToken,
        input.MaxResults ?? LISTED,
        () => new AwsError('InvalidNextToken', 'The next token specified is invalid.'),
      );
      return { InsightRules: page.items.map((one) => one.rule), NextToken: page.nextToken };
    },
  }),
  EnableInsightRules: operation<sdk.EnableInsightRulesInput, sdk.EnableInsightRulesOutput>({ handle: setState('ENABLED') }),
  DisableInsightRules: operation<sdk.DisableInsightRulesInput, sdk.DisableInsightRulesOutput>({ handle: setState('DISABLED') }),
  DeleteInsightRules: operation<sdk.DeleteInsightRulesInput, sdk.DeleteInsightRulesOutput>({
    handle: (input, call) => ({
      Failures: (input.RuleNames ?? []).flatMap((name) =>
        cloudWatchTables(call.tables).insightRules.delete(scopeKey(call, name)) ? [] : [missing(name)],
      ),
    }),
  }),
  PutAnomalyDetector: operation<sdk.PutAnomalyDetectorInput, object>({
    handle: (input, call) => {
      const detector: AnomalyDetector = { ...input, StateValue: 'PENDING_TRAINING' };
      cloudWatchTables(call.tables).anomalyDetectors.put(detectorKey(call, detector), detector);
      return {};
    },
  }),
  DescribeAnomalyDetectors: operation<sdk.DescribeAnomalyDetectorsInput, sdk.DescribeAnomalyDetectorsOutput>({
    handle: (input, call) => {
      const found = cloudWatchTables(call.tables)
        .anomalyDetectors.list(`${scopeKey(call)}/`)
        .filter((detector) => {
          const single = detector.SingleMetricAnomalyDetector ?? detector;
          return (
            (input.Namespace === undefined || single.Namespace === input.Namespace) &&
            (input.MetricName === undefined || single.MetricName === input.MetricName)
          );
        });
      const page = pageOf(
        found,
        input.NextToken,
        input.MaxResults ?? LISTED,
        () => new AwsError('InvalidNextToken', 'The next token specified is invalid.'),
      );
      return { AnomalyDetectors: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteAnomalyDetector: operation<sdk.DeleteAnomalyDetectorInput, object>({
    handle: (input, call) => {
      if (!cloudWatchTables(call.tables).anomalyDetectors.delete(detectorKey(call, input))) {
        throw new AwsError('ResourceNotFoundException', 'Anomaly detector does not exist.');
      }
      return {};
    },
  }),
};
