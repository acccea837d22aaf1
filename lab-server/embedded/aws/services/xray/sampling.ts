// Sampling rules, which SDKs ask for as they start.
import type * as sdk from '@aws-sdk/client-xray';
import { AwsError } from '../../gateway/errors.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { xrayTables, type SamplingRuleRecord } from './state.ts';

const REFRESH_SECONDS = 10;

function defaultRule(call: Call): SamplingRuleRecord {
  return {
    SamplingRule: {
      RuleName: 'Default',
      RuleARN: arn('xray', call, 'sampling-rule/Default'),
      ResourceARN: '*',
      Priority: 10_000,
      FixedRate: 0.05,
      ReservoirSize: 1,
      ServiceName: '*',
      ServiceType: '*',
      Host: '*',
      HTTPMethod: '*',
      URLPath: '*',
      Version: 1,
      Attributes: {},
    },
    CreatedAt: 0,
    ModifiedAt: 0,
  };
}

function rulesOf(call: Call): SamplingRuleRecord[] {
  const own = xrayTables(call.tables).samplingRules.list(`${scopeKey(call)}/`);
  return [...own, defaultRule(call)].toSorted((left, right) => (left.SamplingRule?.Priority ?? 0) - (right.SamplingRule?.Priority ?? 0));
}

function requireRule(name: string | undefined, ruleArn: string | undefined, call: Call): { key: string; record: SamplingRuleRecord } {
  const key = scopeKey(call, name ?? ruleArn?.split('/').at(-1) ?? '');
  const record = xrayTables(call.tables).samplingRules.get(key);
  if (!record) {
    throw new AwsError('InvalidRequestException', 'Sampling rule does not exist.');
  }
  return { key, record };
}

export const samplingOperations: Readonly<Record<string, Operation>> = {
  GetSamplingRules: operation<sdk.GetSamplingRulesRequest, sdk.GetSamplingRulesResult>({
    handle: (_input, call) => ({ SamplingRuleRecords: rulesOf(call) }),
  }),
  CreateSamplingRule: operation<sdk.CreateSamplingRuleRequest, sdk.CreateSamplingRuleResult>({
    handle: (input, call) => {
      const name = input.SamplingRule?.RuleName ?? '';
      const { samplingRules } = xrayTables(call.tables);
      if (samplingRules.has(scopeKey(call, name))) {
        throw new AwsError('InvalidRequestException', 'A sampling rule with the same name already exists.');
      }
      const now = call.clock.now();
      const record: SamplingRuleRecord = {
        SamplingRule: {
          Attributes: {},
          ...input.SamplingRule,
          RuleARN: arn('xray', call, `sampling-rule/${name}`),
        } as SamplingRuleRecord['SamplingRule'],
        CreatedAt: now,
        ModifiedAt: now,
      };
      samplingRules.put(scopeKey(call, name), record);
      return { SamplingRuleRecord: record };
    },
  }),
  UpdateSamplingRule: operation<sdk.UpdateSamplingRuleRequest, sdk.UpdateSamplingRuleResult>({
    handle: (input, call) => {
      const update = input.SamplingRuleUpdate ?? {};
      const { key, record } = requireRule(update.RuleName, update.RuleARN, call);
      const changed = {
        ...record,
        SamplingRule: { ...record.SamplingRule, ...update } as SamplingRuleRecord['SamplingRule'],
        ModifiedAt: call.clock.now(),
      };
      xrayTables(call.tables).samplingRules.put(key, changed);
      return { SamplingRuleRecord: changed };
    },
  }),
  DeleteSamplingRule: operation<sdk.DeleteSamplingRuleRequest, sdk.DeleteSamplingRuleResult>({
    handle: (input, call) => {
      const { key, record } = requireRule(input.RuleName, input.RuleARN, call);
      xrayTables(call.tables).samplingRules.delete(key);
      return { SamplingRuleRecord: record };
    },
  }),
  GetSamplingTargets: operation<sdk.GetSamplingTargetsRequest, sdk.GetSamplingTargetsResult>({
    handle: (input, call) => {
      const now = call.clock.now();
      const byName = new Map(rulesOf(call).map((record) => [record.SamplingRule?.RuleName, record.SamplingRule]));
      return {
        SamplingTargetDocuments: (input.SamplingStatisticsDocuments ?? []).flatMap(({ RuleName }) => {
          const rule = byName.get(RuleName);
          return rule
            ? [
                {
                  RuleName,
                  FixedRate: rule.FixedRate,
                  ReservoirQuota: rule.ReservoirSize,
                  ReservoirQuotaTTL: now + REFRESH_SECONDS * 1000,
                  Interval: REFRESH_SECONDS,
                },
              ]
            : [];
        }),
        LastRuleModification: now,
        UnprocessedStatistics: [],
      };
    },
  }),
  GetSamplingStatisticSummaries: operation<sdk.GetSamplingStatisticSummariesRequest, sdk.GetSamplingStatisticSummariesResult>({
    handle: () => ({ SamplingStatisticSummaries: [] }),
  }),
};
