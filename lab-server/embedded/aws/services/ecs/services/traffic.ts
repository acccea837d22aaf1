// Production and test traffic of staged deployments: the listener rules of a service send to the target group of the old tasks, the new ones, or both.
import { messageOf } from '../../../../../base/index.ts';
import type { AwsContext } from '../../service.ts';
import type { Service } from '../state.ts';
import { scopeOf } from '../tasks/record.ts';
import { rolePrincipal } from '../tasks/secrets.ts';
import { primaryOf } from './record.ts';

type Slot = 'primary' | 'alternate';

interface RuleShare {
  ruleArn: string;
  /** Percent by target group. */
  weights: Record<string, number>;
}

/** Which of the service's two target groups the tasks of a deployment are in. */
export function slotOf(service: Service, deploymentId: string | undefined): Slot {
  return service.memory?.revisions[deploymentId ?? '']?.slot ?? 'primary';
}

/** What every rule of the service shall do at this moment. */
function sharesOf(service: Service): RuleShare[] {
  const { rollout } = service.memory ?? {};
  const live = slotOf(service, rollout?.sourceId ?? primaryOf(service)?.id);
  const weight = rollout?.weight ?? 0;
  return (service.loadBalancers ?? []).flatMap(({ targetGroupArn = '', advancedConfiguration }) => {
    const { alternateTargetGroupArn, productionListenerRule, testListenerRule } = advancedConfiguration ?? {};
    if (alternateTargetGroupArn === undefined) {
      return [];
    }
    const [old, fresh] = live === 'primary' ? [targetGroupArn, alternateTargetGroupArn] : [alternateTargetGroupArn, targetGroupArn];
    const tested = rollout?.test ? fresh : old;
    return [
      ...(productionListenerRule ? [{ ruleArn: productionListenerRule, weights: { [old]: 100 - weight, [fresh]: weight } }] : []),
      ...(testListenerRule ? [{ ruleArn: testListenerRule, weights: { [tested]: 100, [tested === old ? fresh : old]: 0 } }] : []),
    ];
  });
}

/** Brings the rules in line, where they are not. Gives what was set, for the service to remember. `failed` is told what could not be done. */
export function shiftTraffic(context: AwsContext, service: Service, failed: (message: string) => void): string | undefined {
  const shares = sharesOf(service);
  const wanted = shares.length > 0 ? JSON.stringify(shares) : undefined;
  if (wanted !== undefined && wanted !== service.memory?.shifted) {
    for (const share of shares) {
      setRule(context, service, share).catch((error: unknown) =>
        failed(`was unable to shift traffic of (rule ${share.ruleArn}): ${messageOf(error)}`),
      );
    }
  }
  return wanted;
}

async function setRule(context: AwsContext, service: Service, { ruleArn, weights }: RuleShare): Promise<void> {
  const scope = scopeOf(service.serviceArn ?? '');
  const as = { principal: rolePrincipal(scope, undefined), region: scope.region };
  const TargetGroups = Object.entries(weights).map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight }));
  const actions = [{ Type: 'forward', ForwardConfig: { TargetGroups } }];
  // A network load balancer has no rules, and a default rule is its listener's: both are changed by the listener.
  const isRule = ruleArn.includes(':listener-rule/');
  const listenerArn = isRule ? ruleArn.replace(':listener-rule/', ':listener/').replace(/\/[^/]+$/, '') : ruleArn;
  if (isRule) {
    const { Rules } = (await context.call('elasticloadbalancing', 'DescribeRules', { ListenerArn: listenerArn }, as)) as {
      Rules?: { RuleArn?: string; IsDefault?: boolean }[];
    };
    if (!Rules?.find((rule) => rule.RuleArn === ruleArn)?.IsDefault) {
      await context.call('elasticloadbalancing', 'ModifyRule', { RuleArn: ruleArn, Actions: actions }, as);
      return;
    }
  }
  await context.call('elasticloadbalancing', 'ModifyListener', { ListenerArn: listenerArn, DefaultActions: actions }, as);
}
