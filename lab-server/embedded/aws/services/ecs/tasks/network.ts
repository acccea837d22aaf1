// What a task's containers see of the network: one address for all of them (awsvpc), the instance's (host), or one each (bridge).
import { randomUUID } from 'node:crypto';
import type { NetworkEndpoint } from '../../../../runtime/runtime.ts';
import { createInterface, deleteInterface } from '../../ec2/network-interfaces.ts';
import { ec2Tables, type NetworkInterface } from '../../ec2/state.ts';
import { scopeKey } from '../../scope.ts';
import type { AwsContext } from '../../service.ts';
import type { Task } from '../state.ts';
import { scopeOf } from './record.ts';

type Attachment = NonNullable<Task['attachments']>[number];

/** The attachment of a task whose interface is still to be made. */
export function plannedAttachment(subnetId: string): Attachment {
  return { id: randomUUID(), type: 'ElasticNetworkInterface', status: 'PRECREATED', details: [{ name: 'subnetId', value: subnetId }] };
}

export function attachmentOf(task: Task): Attachment | undefined {
  return task.attachments?.find((one) => one.type === 'ElasticNetworkInterface');
}

export function detailOf(attachment: Attachment | undefined, name: string): string | undefined {
  return attachment?.details?.find((one) => one.name === name)?.value;
}

/** Makes the task's interface, or finds the one that it has. The second result is the task with its attachment as it is then. */
export function attachInterface(context: AwsContext, task: Task): { eni: NetworkInterface; task: Task } {
  const scope = scopeOf(task.taskArn ?? '');
  const attachment = attachmentOf(task);
  const known = detailOf(attachment, 'networkInterfaceId');
  const existing = known === undefined ? undefined : ec2Tables(context.tables).networkInterfaces.get(scopeKey(scope, known));
  if (existing) {
    return { eni: existing, task };
  }
  const { network } = task;
  const eni = createInterface(context, scope, {
    subnetId: network?.subnetId ?? '',
    groupIds: network?.groupIds ?? [],
    description: `arn:aws:ecs:${scope.region}:${scope.account}:attachment/${attachment?.id ?? ''}`,
    assignPublicIp: network?.assignPublicIp ?? false,
    requesterManaged: true,
    attachedTo: { instanceOwnerId: 'amazon-ecs' },
  });
  const attached: Attachment = {
    ...attachment,
    status: 'ATTACHED',
    details: [
      { name: 'subnetId', value: eni.SubnetId },
      { name: 'networkInterfaceId', value: eni.NetworkInterfaceId },
      { name: 'macAddress', value: eni.MacAddress },
      { name: 'privateDnsName', value: eni.PrivateDnsName },
      { name: 'privateIPv4Address', value: eni.PrivateIpAddress },
    ],
  };
  return { eni, task: { ...task, attachments: replaced(task, attached) } };
}

/** Gives the interface back. */
export function detachInterface(context: AwsContext, task: Task): Task {
  const attachment = attachmentOf(task);
  if (!attachment) {
    return task;
  }
  const id = detailOf(attachment, 'networkInterfaceId');
  if (id !== undefined) {
    deleteInterface(context, scopeOf(task.taskArn ?? ''), id);
  }
  return { ...task, attachments: replaced(task, { ...attachment, status: 'DELETED' }) };
}

function replaced(task: Task, attachment: Attachment): Attachment[] {
  return (task.attachments ?? []).map((one) => (one.id === attachment.id ? attachment : one));
}

/** The endpoint of a container's own, behind an instance in bridge mode: an address of Docker's bridge that nobody has. */
export function bridgeEndpoint(context: AwsContext): NetworkEndpoint {
  for (let number = 2; number < 65_535; number += 1) {
    try {
      return context.runtime.network.attach(`172.17.${Math.floor(number / 256)}.${number % 256}`);
    } catch {
      // Another container has it: the next one.
    }
  }
  throw new Error('no address is left on the bridge');
}
