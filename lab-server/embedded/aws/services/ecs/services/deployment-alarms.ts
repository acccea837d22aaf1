// CloudWatch alarms that watch a deployment: one that goes off while it is under way fails it (developer guide, "How CloudWatch alarms detect failures").
import { alarmKey, cloudWatchTables } from '../../cloudwatch/state.ts';
import type { AwsContext } from '../../service.ts';
import type { Service } from '../state.ts';
import { scopeOf } from '../tasks/record.ts';
import { changeServiceDeployment, serviceDeploymentOf } from './deployments.ts';
import { failDeployment } from './outcome.ts';
import { primaryOf } from './record.ts';

const ALARM_TABLE = 'cloudwatch.alarms';

export function isWatched(service: Service): boolean {
  const { alarms } = service.deploymentConfiguration ?? {};
  return (alarms?.enable ?? false) && service.status === 'ACTIVE' && primaryOf(service)?.rolloutState === 'IN_PROGRESS';
}

/** Calls `listener` after alarms have changed. */
export function onAlarms(context: AwsContext, listener: () => void): Disposable {
  return context.tables.onWrite((tables) => {
    if (tables.has(ALARM_TABLE)) {
      listener();
    }
  });
}

/** The service with its deployment failed, when one of its alarms has gone off. */
export function heedAlarms(context: AwsContext, service: Service): Service {
  const { alarms } = service.deploymentConfiguration ?? {};
  const primary = primaryOf(service);
  if (!isWatched(service) || !primary) {
    return service;
  }
  const record = serviceDeploymentOf(context, service, primary);
  // A rollback on its way is not stopped by the alarm that caused it.
  if (record?.status === 'ROLLBACK_IN_PROGRESS') {
    return service;
  }
  const scope = scopeOf(service.serviceArn ?? '');
  const triggered = (alarms?.alarmNames ?? []).filter(
    (name) => cloudWatchTables(context.tables).alarms.get(alarmKey(scope, name))?.alarm.StateValue === 'ALARM',
  );
  if (triggered.length === 0) {
    return service;
  }
  if (record) {
    changeServiceDeployment(context, record, {
      alarms: { status: 'TRIGGERED', alarmNames: alarms?.alarmNames, triggeredAlarmNames: triggered },
    });
  }
  return failDeployment(context, service, {
    rollback: alarms?.rollback ?? false,
    what: 'ECS deployment alarms',
    said: 'alarm detected.',
    statusReason: `Deployment failed because of the alarms ${triggered.join(', ')}.`,
    rollbackReason: 'Service deployment rolled back because of a triggered alarm.',
  });
}
