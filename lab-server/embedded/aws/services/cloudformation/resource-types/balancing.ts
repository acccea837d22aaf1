// AWS::ElasticLoadBalancingV2 and AWS::ServiceDiscovery.
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

const ELB = 'elasticloadbalancing';
const LONGEST_NAME = 32;

/** `app/name/id` of a load balancer's ARN, `targetgroup/name/id` of a target group's. */
function fullName(arn: string, kind: 'loadbalancer/' | ''): string {
  return arn.split(':').slice(5).join(':').replace(kind, '');
}

async function setAttributes(operation: string, key: string, arn: string, attributes: unknown, place: Place): Promise<void> {
  if (listAt(attributes).length > 0) {
    await place.api(ELB, operation, { [key]: arn, Attributes: attributes });
  }
}

const loadBalancer: ResourceType = {
  async create(properties, place) {
    const Name = properties['Name'] ?? place.name(LONGEST_NAME);
    const answer = await place.api(ELB, 'CreateLoadBalancer', { ...properties, Name, Tags: tagsOf(properties, place) });
    const arn = textAt(answer, 'LoadBalancers.0.LoadBalancerArn');
    place.identify(arn);
    await setAttributes('ModifyLoadBalancerAttributes', 'LoadBalancerArn', arn, properties['LoadBalancerAttributes'], place);
    await place.until(async () => {
      const found = await place.api(ELB, 'DescribeLoadBalancers', { LoadBalancerArns: [arn] });
      return textAt(found, 'LoadBalancers.0.State.Code') !== 'provisioning';
    });
    const attribute = (name: string): string => textAt(answer, `LoadBalancers.0.${name}`);
    return {
      physicalId: arn,
      attributes: {
        LoadBalancerArn: arn,
        DNSName: attribute('DNSName'),
        CanonicalHostedZoneID: attribute('CanonicalHostedZoneId'),
        LoadBalancerFullName: fullName(arn, 'loadbalancer/'),
        LoadBalancerName: attribute('LoadBalancerName'),
        SecurityGroups: recordAt(listAt(answer['LoadBalancers'])[0])['SecurityGroups'] ?? [],
      },
    };
  },
  replacedBy: ['Name', 'Scheme', 'Type'],
  async update(arn, properties, place) {
    await setAttributes('ModifyLoadBalancerAttributes', 'LoadBalancerArn', arn, properties['LoadBalancerAttributes'], place);
    if (properties['SecurityGroups'] !== undefined) {
      await place.api(ELB, 'SetSecurityGroups', { LoadBalancerArn: arn, SecurityGroups: properties['SecurityGroups'] });
    }
    if (properties['Subnets'] !== undefined || properties['SubnetMappings'] !== undefined) {
      await place.api(ELB, 'SetSubnets', { ...properties, LoadBalancerArn: arn });
    }
    return { physicalId: arn };
  },
  async remove(LoadBalancerArn, place) {
    await place.api(ELB, 'DeleteLoadBalancer', { LoadBalancerArn });
  },
};

async function registerTargets(TargetGroupArn: string, properties: Properties, place: Place): Promise<void> {
  if (listAt(properties['Targets']).length > 0) {
    await place.api(ELB, 'RegisterTargets', { TargetGroupArn, Targets: properties['Targets'] });
  }
}

const targetGroup: ResourceType = {
  async create(properties, place) {
    const Name = properties['Name'] ?? place.name(LONGEST_NAME);
    const answer = await place.api(ELB, 'CreateTargetGroup', { ...properties, Name, Tags: tagsOf(properties, place) });
    const arn = textAt(answer, 'TargetGroups.0.TargetGroupArn');
    await setAttributes('ModifyTargetGroupAttributes', 'TargetGroupArn', arn, properties['TargetGroupAttributes'], place);
    await registerTargets(arn, properties, place);
    return {
      physicalId: arn,
      attributes: {
        TargetGroupArn: arn,
        TargetGroupFullName: fullName(arn, ''),
        TargetGroupName: textOf(Name),
        LoadBalancerArns: [],
      },
    };
  },
  replacedBy: ['Name', 'Port', 'Protocol', 'ProtocolVersion', 'TargetType', 'VpcId'],
  async update(TargetGroupArn, properties, place) {
    await place.api(ELB, 'ModifyTargetGroup', { ...properties, TargetGroupArn });
    await setAttributes('ModifyTargetGroupAttributes', 'TargetGroupArn', TargetGroupArn, properties['TargetGroupAttributes'], place);
    await registerTargets(TargetGroupArn, properties, place);
    return { physicalId: TargetGroupArn };
  },
  async remove(TargetGroupArn, place) {
    await place.api(ELB, 'DeleteTargetGroup', { TargetGroupArn });
  },
};

const listener: ResourceType = simpleType({
  service: ELB,
  create: 'CreateListener',
  id: 'Listeners.0.ListenerArn',
  key: 'ListenerArn',
  remove: 'DeleteListener',
  update: 'ModifyListener',
  replacedBy: ['LoadBalancerArn'],
  attributes: { ListenerArn: 'Listeners.0.ListenerArn' },
});

const listenerRule: ResourceType = simpleType({
  service: ELB,
  create: 'CreateRule',
  id: 'Rules.0.RuleArn',
  key: 'RuleArn',
  remove: 'DeleteRule',
  update: 'ModifyRule',
  replacedBy: ['ListenerArn', 'Priority'],
  attributes: { RuleArn: 'Rules.0.RuleArn' },
});

/** Namespaces are made by an operation that ends at once or soon. */
function namespace(kind: 'PrivateDns' | 'PublicDns' | 'Http'): ResourceType {
  return {
    async create(properties, place) {
      const input = {
        CreatorRequestId: `${place.stackId}/${place.logicalId}`,
        ...properties,
        Vpc: properties['Vpc'],
        Tags: tagsOf(properties, place),
      };
      const OperationId = textAt(await place.api('servicediscovery', `Create${kind}Namespace`, input), 'OperationId');
      let id = '';
      await place.until(async () => {
        const operation = await place.api('servicediscovery', 'GetOperation', { OperationId });
        id = textAt(operation, 'Operation.Targets.NAMESPACE');
        return textAt(operation, 'Operation.Status') === 'SUCCESS';
      });
      const found = await place.api('servicediscovery', 'GetNamespace', { Id: id });
      return {
        physicalId: id,
        attributes: {
          Id: id,
          Arn: textAt(found, 'Namespace.Arn'),
          HostedZoneId: textAt(found, 'Namespace.Properties.DnsProperties.HostedZoneId'),
        },
      };
    },
    async remove(Id, place) {
      await place.api('servicediscovery', 'DeleteNamespace', { Id });
    },
  };
}

const discoveryService: ResourceType = {
  async create(properties, place) {
    const input = {
      CreatorRequestId: `${place.stackId}/${place.logicalId}`,
      Name: place.name(),
      ...properties,
      Tags: tagsOf(properties, place),
    };
    const answer = await place.api('servicediscovery', 'CreateService', input);
    const physicalId = textAt(answer, 'Service.Id');
    return { physicalId, attributes: { Id: physicalId, Arn: textAt(answer, 'Service.Arn'), Name: textAt(answer, 'Service.Name') } };
  },
  replacedBy: ['Name', 'NamespaceId'],
  async update(Id, properties, place) {
    await place.api('servicediscovery', 'UpdateService', { Id, Service: properties });
    return { physicalId: Id };
  },
  async remove(Id, place) {
    await place.api('servicediscovery', 'DeleteService', { Id });
  },
};

const discoveryInstance: ResourceType = {
  async create(properties, place) {
    const InstanceId = textOf(properties['InstanceId'] ?? place.name());
    const input = {
      CreatorRequestId: InstanceId,
      InstanceId,
      ServiceId: properties['ServiceId'],
      Attributes: properties['InstanceAttributes'],
    };
    await place.api('servicediscovery', 'RegisterInstance', input);
    return { physicalId: InstanceId };
  },
  async remove(InstanceId, place, properties) {
    await place.api('servicediscovery', 'DeregisterInstance', { InstanceId, ServiceId: properties['ServiceId'] });
  },
};

export const balancingTypes: ResourceTypes = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancer,
  'AWS::ElasticLoadBalancingV2::TargetGroup': targetGroup,
  'AWS::ElasticLoadBalancingV2::Listener': listener,
  'AWS::ElasticLoadBalancingV2::ListenerRule': listenerRule,
  'AWS::ServiceDiscovery::PrivateDnsNamespace': namespace('PrivateDns'),
  'AWS::ServiceDiscovery::PublicDnsNamespace': namespace('PublicDns'),
  'AWS::ServiceDiscovery::HttpNamespace': namespace('Http'),
  'AWS::ServiceDiscovery::Service': discoveryService,
  'AWS::ServiceDiscovery::Instance': discoveryInstance,
};
