// Launch configurations: what a group's instances are made from, in the older of the two ways.
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../gateway/errors.ts';
import { instancesTable } from '../ec2/instance-table.ts';
import { pageOf } from '../pages.ts';
import { arn, scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { groupTables, validation, type LaunchConfiguration } from './state.ts';

const PAGE = 50;

/** A configuration like an instance that runs. Throws ValidationError when there is none. */
export function configurationOf(instanceId: string, name: string, call: Call): LaunchConfiguration {
  const instance = instancesTable(call.tables).get(scopeKey(call, instanceId));
  if (!instance) {
    throw validation(`Instance [${instanceId}] is invalid.`);
  }
  return configuration(
    {
      LaunchConfigurationName: name,
      ImageId: instance.ImageId,
      InstanceType: instance.InstanceType,
      ...(instance.KeyName ? { KeyName: instance.KeyName } : {}),
      SecurityGroups: instance.SecurityGroups?.map((group) => group.GroupId ?? '') ?? [],
      ...(instance.userData ? { UserData: instance.userData } : {}),
    },
    call,
  );
}

function configuration(input: Omit<Timestamped<sdk.CreateLaunchConfigurationType>, 'InstanceId'>, call: Call): LaunchConfiguration {
  const name = input.LaunchConfigurationName ?? '';
  return {
    KernelId: '',
    RamdiskId: '',
    UserData: '',
    SecurityGroups: [],
    ClassicLinkVPCSecurityGroups: [],
    BlockDeviceMappings: [],
    ...input,
    ImageId: input.ImageId,
    InstanceType: input.InstanceType,
    LaunchConfigurationName: name,
    InstanceMonitoring: input.InstanceMonitoring ?? { Enabled: true },
    EbsOptimized: input.EbsOptimized ?? false,
    LaunchConfigurationARN: arn('autoscaling', call, `launchConfiguration:${randomUUID()}:launchConfigurationName/${name}`),
    CreatedTime: call.clock.now(),
  };
}

export function saveConfiguration(record: LaunchConfiguration, call: Call): void {
  groupTables(call.tables).configurations.put(scopeKey(call, record.LaunchConfigurationName ?? ''), record);
}

export const launchConfigurationOperations: Readonly<Record<string, Operation>> = {
  CreateLaunchConfiguration: operation<sdk.CreateLaunchConfigurationType, object>({
    handle: (input, call) => {
      const name = input.LaunchConfigurationName ?? '';
      if (groupTables(call.tables).configurations.has(scopeKey(call, name))) {
        throw new AwsError(
          'AlreadyExistsFault',
          `Launch Configuration by this name already exists - A launch configuration already exists with the name ${name}`,
        );
      }
      const { InstanceId: instanceId, ...settings } = input;
      if (instanceId !== undefined) {
        const base = configurationOf(instanceId, name, call);
        saveConfiguration({ ...base, ...(settings as Partial<LaunchConfiguration>) }, call);
        return {};
      }
      if (input.ImageId === undefined || input.InstanceType === undefined) {
        throw validation('Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.');
      }
      saveConfiguration(configuration(settings, call), call);
      return {};
    },
  }),
  DescribeLaunchConfigurations: operation<sdk.LaunchConfigurationNamesType, sdk.LaunchConfigurationsType>({
    handle: (input, call) => {
      const found = groupTables(call.tables)
        .configurations.list(`${scopeKey(call)}/`)
        .filter(
          (one) => !input.LaunchConfigurationNames?.length || input.LaunchConfigurationNames.includes(one.LaunchConfigurationName ?? ''),
        );
      const page = pageOf(
        found,
        input.NextToken,
        input.MaxRecords ?? PAGE,
        () => new AwsError('InvalidNextToken', 'The token is not valid.'),
      );
      return { LaunchConfigurations: page.items, NextToken: page.nextToken };
    },
  }),
  DeleteLaunchConfiguration: operation<sdk.LaunchConfigurationNameType, object>({
    handle: (input, call) => {
      const name = input.LaunchConfigurationName ?? '';
      const tables = groupTables(call.tables);
      if (tables.groups.list(`${scopeKey(call)}/`).some((group) => group.LaunchConfigurationName === name)) {
        throw new AwsError(
          'ResourceInUseFault',
          `Cannot delete launch configuration ${name} because it is attached to an AutoScalingGroup`,
        );
      }
      if (!tables.configurations.delete(scopeKey(call, name))) {
        throw validation(`Launch configuration name not found - Launch configuration ${name} not found`);
      }
      return {};
    },
  }),
};
