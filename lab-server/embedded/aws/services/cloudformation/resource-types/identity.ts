// AWS::IAM: identities and their policies.
import { unlessGone } from '../errors.ts';
import { listAt, recordAt, tagsOf, textAt, type Place, type Properties, type ResourceType, type ResourceTypes } from './type.ts';
import { textOf } from '../text-of.ts';

type Kind = 'Role' | 'User' | 'Group';

/** Inline and attached policies of an identity, as the template has them. */
async function givePolicies(kind: Kind, name: string, properties: Properties, place: Place): Promise<void> {
  for (const PolicyArn of listAt(properties['ManagedPolicyArns'])) {
    await place.api('iam', `Attach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn });
  }
  for (const policy of listAt(properties['Policies']).map(recordAt)) {
    await place.api('iam', `Put${kind}Policy`, { [`${kind}Name`]: name, ...policy });
  }
}

async function takePolicies(kind: Kind, name: string, properties: Properties, place: Place): Promise<void> {
  for (const PolicyArn of listAt(properties['ManagedPolicyArns'])) {
    await unlessGone(place.api('iam', `Detach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn }));
  }
  for (const policy of listAt(properties['Policies']).map(recordAt)) {
    await unlessGone(place.api('iam', `Delete${kind}Policy`, { [`${kind}Name`]: name, PolicyName: policy['PolicyName'] }));
  }
}

const role: ResourceType = {
  capability: 'CAPABILITY_IAM',
  named: 'RoleName',
  async create(properties, place) {
    const RoleName = textOf(properties['RoleName'] ?? place.name(64));
    const answer = await place.api('iam', 'CreateRole', { ...properties, RoleName, Tags: tagsOf(properties, place) });
    await givePolicies('Role', RoleName, properties, place);
    return { physicalId: RoleName, attributes: { Arn: textAt(answer, 'Role.Arn'), RoleId: textAt(answer, 'Role.RoleId') } };
  },
  replacedBy: ['RoleName', 'Path'],
  async update(RoleName, properties, place, before) {
    await place.api('iam', 'UpdateAssumeRolePolicy', { RoleName, PolicyDocument: properties['AssumeRolePolicyDocument'] });
    await place.api('iam', 'UpdateRole', { ...properties, RoleName });
    await takePolicies('Role', RoleName, before, place);
    await givePolicies('Role', RoleName, properties, place);
    return { physicalId: RoleName };
  },
  async remove(RoleName, place, properties) {
    await takePolicies('Role', RoleName, properties, place);
    await place.api('iam', 'DeleteRole', { RoleName });
  },
};

const user: ResourceType = {
  capability: 'CAPABILITY_IAM',
  named: 'UserName',
  async create(properties, place) {
    const UserName = textOf(properties['UserName'] ?? place.name(64));
    const answer = await place.api('iam', 'CreateUser', { ...properties, UserName, Tags: tagsOf(properties, place) });
    await givePolicies('User', UserName, properties, place);
    for (const GroupName of listAt(properties['Groups'])) {
      await place.api('iam', 'AddUserToGroup', { GroupName, UserName });
    }
    const login = recordAt(properties['LoginProfile']);
    if (login['Password'] !== undefined) {
      await place.api('iam', 'CreateLoginProfile', { ...login, UserName });
    }
    return { physicalId: UserName, attributes: { Arn: textAt(answer, 'User.Arn') } };
  },
  replacedBy: ['UserName'],
  async update(UserName, properties, place, before) {
    if (properties['Path'] !== before['Path']) {
      await place.api('iam', 'UpdateUser', { UserName, NewPath: properties['Path'] ?? '/' });
    }
    await takePolicies('User', UserName, before, place);
    await givePolicies('User', UserName, properties, place);
    return { physicalId: UserName };
  },
  async remove(UserName, place, properties) {
    await takePolicies('User', UserName, properties, place);
    for (const GroupName of listAt(properties['Groups'])) {
      await unlessGone(place.api('iam', 'RemoveUserFromGroup', { GroupName, UserName }));
    }
    if (properties['LoginProfile'] !== undefined) {
      await unlessGone(place.api('iam', 'DeleteLoginProfile', { UserName }));
    }
    await place.api('iam', 'DeleteUser', { UserName });
  },
};

const group: ResourceType = {
  capability: 'CAPABILITY_IAM',
  named: 'GroupName',
  async create(properties, place) {
    const GroupName = textOf(properties['GroupName'] ?? place.name());
    const answer = await place.api('iam', 'CreateGroup', { ...properties, GroupName });
    await givePolicies('Group', GroupName, properties, place);
    return { physicalId: GroupName, attributes: { Arn: textAt(answer, 'Group.Arn') } };
  },
  replacedBy: ['GroupName'],
  async update(GroupName, properties, place, before) {
    await takePolicies('Group', GroupName, before, place);
    await givePolicies('Group', GroupName, properties, place);
    return { physicalId: GroupName };
  },
  async remove(GroupName, place, properties) {
    await takePolicies('Group', GroupName, properties, place);
    await place.api('iam', 'DeleteGroup', { GroupName });
  },
};

/** Whom a policy names: `Roles`, `Users`, `Groups`. */
function holders(properties: Properties): [Kind, string][] {
  return (['Role', 'User', 'Group'] as const).flatMap((kind) =>
    listAt(properties[`${kind}s`]).map((name): [Kind, string] => [kind, textOf(name)]),
  );
}

const inlinePolicy: ResourceType = {
  capability: 'CAPABILITY_IAM',
  async create(properties, place) {
    for (const [kind, name] of holders(properties)) {
      await place.api('iam', `Put${kind}Policy`, { ...properties, [`${kind}Name`]: name });
    }
    return { physicalId: place.name(), attributes: { Id: place.logicalId } };
  },
  replacedBy: ['PolicyName'],
  async update(physicalId, properties, place, before) {
    for (const [kind, name] of holders(before)) {
      await unlessGone(place.api('iam', `Delete${kind}Policy`, { ...before, [`${kind}Name`]: name }));
    }
    for (const [kind, name] of holders(properties)) {
      await place.api('iam', `Put${kind}Policy`, { ...properties, [`${kind}Name`]: name });
    }
    return { physicalId };
  },
  async remove(_physicalId, place, properties) {
    for (const [kind, name] of holders(properties)) {
      await unlessGone(place.api('iam', `Delete${kind}Policy`, { ...properties, [`${kind}Name`]: name }));
    }
  },
};

/** A policy of one identity as a resource of its own. */
function ownPolicy(kind: Kind): ResourceType {
  return {
    capability: 'CAPABILITY_IAM',
    async create(properties, place) {
      await place.api('iam', `Put${kind}Policy`, properties);
      return { physicalId: `${textOf(properties['PolicyName'])}|${textOf(properties[`${kind}Name`])}` };
    },
    replacedBy: ['PolicyName', `${kind}Name`],
    async update(physicalId, properties, place) {
      await place.api('iam', `Put${kind}Policy`, properties);
      return { physicalId };
    },
    async remove(_physicalId, place, properties) {
      await unlessGone(place.api('iam', `Delete${kind}Policy`, properties));
    },
  };
}

const managedPolicy: ResourceType = {
  capability: 'CAPABILITY_IAM',
  named: 'ManagedPolicyName',
  async create(properties, place) {
    const PolicyName = textOf(properties['ManagedPolicyName'] ?? place.name());
    const PolicyArn = textAt(await place.api('iam', 'CreatePolicy', { ...properties, PolicyName }), 'Policy.Arn');
    for (const [kind, name] of holders(properties)) {
      await place.api('iam', `Attach${kind}Policy`, { PolicyArn, [`${kind}Name`]: name });
    }
    return { physicalId: PolicyArn, attributes: { PolicyArn } };
  },
  replacedBy: ['ManagedPolicyName', 'Path', 'Description'],
  async update(PolicyArn, properties, place, before) {
    const listed = await place.api('iam', 'ListPolicyVersions', { PolicyArn });
    const old = (listed['Versions'] as { VersionId: string; IsDefaultVersion: boolean }[]).filter((version) => !version.IsDefaultVersion);
    for (const { VersionId } of old) {
      await place.api('iam', 'DeletePolicyVersion', { PolicyArn, VersionId });
    }
    await place.api('iam', 'CreatePolicyVersion', { PolicyArn, PolicyDocument: properties['PolicyDocument'], SetAsDefault: true });
    for (const [kind, name] of holders(before)) {
      await unlessGone(place.api('iam', `Detach${kind}Policy`, { PolicyArn, [`${kind}Name`]: name }));
    }
    for (const [kind, name] of holders(properties)) {
      await place.api('iam', `Attach${kind}Policy`, { PolicyArn, [`${kind}Name`]: name });
    }
    return { physicalId: PolicyArn };
  },
  async remove(PolicyArn, place, properties) {
    for (const [kind, name] of holders(properties)) {
      await unlessGone(place.api('iam', `Detach${kind}Policy`, { PolicyArn, [`${kind}Name`]: name }));
    }
    const listed = await place.api('iam', 'ListPolicyVersions', { PolicyArn });
    for (const { VersionId } of (listed['Versions'] as { VersionId: string; IsDefaultVersion: boolean }[]).filter(
      (one) => !one.IsDefaultVersion,
    )) {
      await place.api('iam', 'DeletePolicyVersion', { PolicyArn, VersionId });
    }
    await place.api('iam', 'DeletePolicy', { PolicyArn });
  },
};

const instanceProfile: ResourceType = {
  capability: 'CAPABILITY_IAM',
  named: 'InstanceProfileName',
  async create(properties, place) {
    const InstanceProfileName = textOf(properties['InstanceProfileName'] ?? place.name());
    const answer = await place.api('iam', 'CreateInstanceProfile', { ...properties, InstanceProfileName });
    for (const RoleName of listAt(properties['Roles'])) {
      await place.api('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName });
    }
    return { physicalId: InstanceProfileName, attributes: { Arn: textAt(answer, 'InstanceProfile.Arn') } };
  },
  replacedBy: ['InstanceProfileName', 'Path'],
  async update(InstanceProfileName, properties, place, before) {
    for (const RoleName of listAt(before['Roles'])) {
      await unlessGone(place.api('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }));
    }
    for (const RoleName of listAt(properties['Roles'])) {
      await place.api('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName });
    }
    return { physicalId: InstanceProfileName };
  },
  async remove(InstanceProfileName, place, properties) {
    for (const RoleName of listAt(properties['Roles'])) {
      await unlessGone(place.api('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }));
    }
    await place.api('iam', 'DeleteInstanceProfile', { InstanceProfileName });
  },
};

const accessKey: ResourceType = {
  capability: 'CAPABILITY_IAM',
  async create(properties, place) {
    const answer = await place.api('iam', 'CreateAccessKey', properties);
    if (properties['Status'] === 'Inactive') {
      await place.api('iam', 'UpdateAccessKey', { ...properties, AccessKeyId: textAt(answer, 'AccessKey.AccessKeyId') });
    }
    return {
      physicalId: textAt(answer, 'AccessKey.AccessKeyId'),
      attributes: { SecretAccessKey: textAt(answer, 'AccessKey.SecretAccessKey') },
    };
  },
  replacedBy: ['UserName', 'Serial'],
  async update(AccessKeyId, properties, place) {
    await place.api('iam', 'UpdateAccessKey', { Status: 'Active', ...properties, AccessKeyId });
    return { physicalId: AccessKeyId };
  },
  async remove(AccessKeyId, place, properties) {
    await place.api('iam', 'DeleteAccessKey', { AccessKeyId, UserName: properties['UserName'] });
  },
};

const membership: ResourceType = {
  capability: 'CAPABILITY_IAM',
  async create(properties, place) {
    for (const UserName of listAt(properties['Users'])) {
      await place.api('iam', 'AddUserToGroup', { GroupName: properties['GroupName'], UserName });
    }
    return { physicalId: place.name() };
  },
  async remove(_physicalId, place, properties) {
    for (const UserName of listAt(properties['Users'])) {
      await unlessGone(place.api('iam', 'RemoveUserFromGroup', { GroupName: properties['GroupName'], UserName }));
    }
  },
};

const linkedRole: ResourceType = {
  capability: 'CAPABILITY_IAM',
  async create(properties, place) {
    const answer = await place.api('iam', 'CreateServiceLinkedRole', properties);
    return { physicalId: textAt(answer, 'Role.RoleName'), attributes: { RoleName: textAt(answer, 'Role.RoleName') } };
  },
  async remove(RoleName, place) {
    await place.api('iam', 'DeleteServiceLinkedRole', { RoleName });
  },
};

const oidcProvider: ResourceType = {
  capability: 'CAPABILITY_IAM',
  async create(properties, place) {
    const input = { ThumbprintList: [], ...properties, ClientIDList: properties['ClientIdList'] };
    const arn = textAt(await place.api('iam', 'CreateOpenIDConnectProvider', input), 'OpenIDConnectProviderArn');
    return { physicalId: arn, attributes: { Arn: arn } };
  },
  async remove(OpenIDConnectProviderArn, place) {
    await place.api('iam', 'DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn });
  },
};

export const identityTypes: ResourceTypes = {
  'AWS::IAM::Role': role,
  'AWS::IAM::User': user,
  'AWS::IAM::Group': group,
  'AWS::IAM::Policy': inlinePolicy,
  'AWS::IAM::RolePolicy': ownPolicy('Role'),
  'AWS::IAM::UserPolicy': ownPolicy('User'),
  'AWS::IAM::GroupPolicy': ownPolicy('Group'),
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::IAM::InstanceProfile': instanceProfile,
  'AWS::IAM::AccessKey': accessKey,
  'AWS::IAM::UserToGroupAddition': membership,
  'AWS::IAM::ServiceLinkedRole': linkedRole,
  'AWS::IAM::OIDCProvider': oidcProvider,
};
