// AWS::ECS and AWS::ECR.
import { AwsError } from '../../../gateway/errors.ts';
import {
  listAt,
  recordAt,
  simpleType,
  tagsOf,
  textAt,
  type Place,
  type Properties,
  type ResourceType,
  type ResourceTypes,
} from './type.ts';
import { textOf } from '../text-of.ts';

/** ECS has its tags in lower case. */
function lowerTags(properties: Properties, place: Place): Record<string, unknown> {
  const tags = tagsOf(properties, place);
  return tags.length > 0 ? { tags: tags.map(({ Key, Value }) => ({ key: Key, value: Value })) } : {};
}

function withoutTags({ Tags: _tags, ...properties }: Properties): Properties {
  return properties;
}

const cluster: ResourceType = {
  async create(properties, place) {
    const input = { ...withoutTags(properties), clusterName: properties['ClusterName'] ?? place.name(), ...lowerTags(properties, place) };
    const answer = await place.api('ecs', 'CreateCluster', input);
    return { physicalId: textAt(answer, 'cluster.clusterName'), attributes: { Arn: textAt(answer, 'cluster.clusterArn') } };
  },
  replacedBy: ['ClusterName'],
  async update(physicalId, properties, place) {
    await place.api('ecs', 'UpdateCluster', { ...withoutTags(properties), cluster: physicalId });
    if (properties['CapacityProviders'] !== undefined || properties['DefaultCapacityProviderStrategy'] !== undefined) {
      await place.api('ecs', 'PutClusterCapacityProviders', {
        CapacityProviders: [],
        DefaultCapacityProviderStrategy: [],
        ...withoutTags(properties),
        cluster: physicalId,
      });
    }
    return { physicalId };
  },
  async remove(physicalId, place) {
    await place.api('ecs', 'DeleteCluster', { cluster: physicalId });
  },
};

const taskDefinition: ResourceType = {
  async create(properties, place) {
    const input = { ...withoutTags(properties), family: properties['Family'] ?? place.name(), ...lowerTags(properties, place) };
    const arn = textAt(await place.api('ecs', 'RegisterTaskDefinition', input), 'taskDefinition.taskDefinitionArn');
    return { physicalId: arn, attributes: { TaskDefinitionArn: arn } };
  },
  async remove(taskDefinitionArn, place) {
    await place.api('ecs', 'DeregisterTaskDefinition', { taskDefinition: taskDefinitionArn });
  },
};

const BROKEN = new Set(['FAILED', 'ROLLBACK_FAILED', 'STOPPED']);

/** Waits until the newest deployment is complete, as CloudFormation does. Rejects when the circuit breaker ended it. */
async function stabilise(service: string, clusterName: unknown, place: Place): Promise<Properties> {
  let found: Properties = {};
  await place.until(async () => {
    const answer = await place.api('ecs', 'DescribeServices', { cluster: clusterName, services: [service] });
    found = recordAt(listAt(answer['services'])[0]);
    const deployments = listAt(found['deployments']).map(recordAt);
    const controller = textAt(found, 'deploymentController.type');
    if (deployments.some((one) => BROKEN.has(textAt(one, 'rolloutState')))) {
      throw new AwsError(
        'GeneralServiceException',
        `Resource handler returned message: "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'." (RequestToken: ${place.logicalId}, HandlerErrorCode: GeneralServiceException)`,
      );
    }
    return (
      (controller !== '' && controller !== 'ECS') ||
      (deployments.length === 1 &&
        textAt(deployments[0], 'rolloutState') === 'COMPLETED' &&
        found['runningCount'] === found['desiredCount'])
    );
  });
  return found;
}

const service: ResourceType = {
  async create(properties, place) {
    const input = {
      DesiredCount: properties['SchedulingStrategy'] === 'DAEMON' ? undefined : 1,
      ...withoutTags(properties),
      serviceName: properties['ServiceName'] ?? place.name(),
      ...lowerTags(properties, place),
    };
    const answer = await place.api('ecs', 'CreateService', input);
    const arn = textAt(answer, 'service.serviceArn');
    place.identify(arn);
    await stabilise(arn, properties['Cluster'], place);
    return { physicalId: arn, attributes: { Name: textAt(answer, 'service.serviceName'), ServiceArn: arn } };
  },
  replacedBy: ['ServiceName', 'Cluster', 'LaunchType', 'SchedulingStrategy', 'Role'],
  async update(physicalId, properties, place) {
    await place.api('ecs', 'UpdateService', { ...withoutTags(properties), service: physicalId });
    await stabilise(physicalId, properties['Cluster'], place);
    return { physicalId };
  },
  async remove(physicalId, place, properties) {
    await place.api('ecs', 'DeleteService', { cluster: properties['Cluster'], service: physicalId, force: true });
    await place.until(async () => {
      const answer = await place.api('ecs', 'DescribeServices', { cluster: properties['Cluster'], services: [physicalId] });
      return ['', 'INACTIVE'].includes(textAt(answer, 'services.0.status'));
    });
  },
};

const capacityProvider: ResourceType = {
  async create(properties, place) {
    const input = { ...withoutTags(properties), name: properties['Name'] ?? place.name(), ...lowerTags(properties, place) };
    return { physicalId: textAt(await place.api('ecs', 'CreateCapacityProvider', input), 'capacityProvider.name') };
  },
  replacedBy: ['Name'],
  async update(physicalId, properties, place) {
    await place.api('ecs', 'UpdateCapacityProvider', { ...withoutTags(properties), name: physicalId });
    return { physicalId };
  },
  async remove(physicalId, place) {
    await place.api('ecs', 'DeleteCapacityProvider', { capacityProvider: physicalId });
  },
};

const capacityProviderAssociations: ResourceType = {
  async create(properties, place) {
    await place.api('ecs', 'PutClusterCapacityProviders', properties);
    return { physicalId: textOf(properties['Cluster']) };
  },
  replacedBy: ['Cluster'],
  async update(physicalId, properties, place) {
    await place.api('ecs', 'PutClusterCapacityProviders', properties);
    return { physicalId };
  },
  async remove(cluster, place) {
    await place.api('ecs', 'PutClusterCapacityProviders', { cluster, capacityProviders: [], defaultCapacityProviderStrategy: [] });
  },
};

/** Filters of tags have longer names in templates than in the API. */
function withFilters(properties: Properties): Properties {
  const filters = listAt(properties['ImageTagMutabilityExclusionFilters']).map(recordAt);
  return filters.length === 0
    ? properties
    : {
        ...properties,
        ImageTagMutabilityExclusionFilters: filters.map((filter) => ({
          filterType: filter['ImageTagMutabilityExclusionFilterType'] ?? filter['filterType'],
          filter: filter['ImageTagMutabilityExclusionFilterValue'] ?? filter['filter'],
        })),
      };
}

async function setRepositoryPolicies(repositoryName: string, properties: Properties, place: Place): Promise<void> {
  if (properties['RepositoryPolicyText'] !== undefined) {
    await place.api('ecr', 'SetRepositoryPolicy', { repositoryName, policyText: properties['RepositoryPolicyText'] });
  }
  const lifecycle = recordAt(properties['LifecyclePolicy']);
  if (lifecycle['LifecyclePolicyText'] !== undefined) {
    await place.api('ecr', 'PutLifecyclePolicy', { repositoryName, lifecyclePolicyText: lifecycle['LifecyclePolicyText'] });
  }
}

const repository: ResourceType = {
  async create(properties, place) {
    const repositoryName = textOf(properties['RepositoryName'] ?? place.name().toLowerCase());
    const answer = await place.api('ecr', 'CreateRepository', {
      ...withFilters(properties),
      repositoryName,
      Tags: tagsOf(properties, place),
    });
    await setRepositoryPolicies(repositoryName, properties, place);
    return {
      physicalId: repositoryName,
      attributes: { Arn: textAt(answer, 'repository.repositoryArn'), RepositoryUri: textAt(answer, 'repository.repositoryUri') },
    };
  },
  replacedBy: ['RepositoryName', 'EncryptionConfiguration'],
  async update(repositoryName, properties, place) {
    await setRepositoryPolicies(repositoryName, properties, place);
    if (properties['ImageTagMutability'] !== undefined) {
      await place.api('ecr', 'PutImageTagMutability', { ...withFilters(properties), repositoryName });
    }
    if (properties['ImageScanningConfiguration'] !== undefined) {
      await place.api('ecr', 'PutImageScanningConfiguration', { ...properties, repositoryName });
    }
    return { physicalId: repositoryName };
  },
  async remove(repositoryName, place, properties) {
    await place.api('ecr', 'DeleteRepository', {
      repositoryName,
      force: properties['EmptyOnDelete'] === true || properties['EmptyOnDelete'] === 'true',
    });
  },
};

export const containerTypes: ResourceTypes = {
  'AWS::ECS::Cluster': cluster,
  'AWS::ECS::TaskDefinition': taskDefinition,
  'AWS::ECS::Service': service,
  'AWS::ECS::CapacityProvider': capacityProvider,
  'AWS::ECS::ClusterCapacityProviderAssociations': capacityProviderAssociations,
  'AWS::ECR::Repository': repository,
  'AWS::ECR::PullThroughCacheRule': simpleType({
    service: 'ecr',
    create: 'CreatePullThroughCacheRule',
    id: 'ecrRepositoryPrefix',
    key: 'ecrRepositoryPrefix',
    remove: 'DeletePullThroughCacheRule',
    tags: 'no',
  }),
};
