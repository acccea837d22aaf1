// What agents on container instances ask of ECS: where to poll, state changes of their tasks, updates of themselves.
import type * as sdk from '@aws-sdk/client-ecs';
import { AwsError } from '../../../gateway/errors.ts';
import { scopeKey } from '../../scope.ts';
import { operation, type Operation } from '../../service.ts';
import { invalidParameter } from '../errors.ts';
import { idOf, requireCluster } from '../names.ts';
import { ecsTables } from '../state.ts';

const ACKNOWLEDGED = { acknowledgment: 'ACK' };

export const agentOperations: Readonly<Record<string, Operation>> = {
  DiscoverPollEndpoint: operation<sdk.DiscoverPollEndpointRequest, sdk.DiscoverPollEndpointResponse>({
    handle: (_input, { region }) => ({
      endpoint: `https://ecs-a-1.${region}.amazonaws.com/`,
      telemetryEndpoint: `https://ecs-t-1.${region}.amazonaws.com/`,
      serviceConnectEndpoint: `https://ecs-sc.${region}.api.aws`,
    }),
  }),
  // The simulated agents change their tasks themselves: what another one says is heard, and changes nothing.
  SubmitTaskStateChange: operation<sdk.SubmitTaskStateChangeRequest, sdk.SubmitTaskStateChangeResponse>({
    handle: (input, call) => {
      requireCluster(input.cluster, call);
      return ACKNOWLEDGED;
    },
  }),
  SubmitContainerStateChange: operation<sdk.SubmitContainerStateChangeRequest, sdk.SubmitContainerStateChangeResponse>({
    handle: (input, call) => {
      requireCluster(input.cluster, call);
      return ACKNOWLEDGED;
    },
  }),
  SubmitAttachmentStateChanges: operation<sdk.SubmitAttachmentStateChangesRequest, sdk.SubmitAttachmentStateChangesResponse>({
    handle: (input, call) => {
      requireCluster(input.cluster, call);
      return ACKNOWLEDGED;
    },
  }),
  UpdateContainerAgent: operation<sdk.UpdateContainerAgentRequest, sdk.UpdateContainerAgentResponse>({
    handle: (input, call) => {
      const cluster = requireCluster(input.cluster, call);
      const instance = ecsTables(call.tables).containerInstances.get(
        scopeKey(call, cluster.clusterName ?? '', idOf(input.containerInstance ?? '')),
      );
      if (!instance) {
        throw invalidParameter('Container instance not found.');
      }
      throw new AwsError(
        'NoUpdateAvailableException',
        'There is no update available for your container agent. Your container agent is already at the latest version.',
      );
    },
  }),
};
