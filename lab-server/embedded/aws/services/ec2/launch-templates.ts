// Launch templates and their versions.
import type * as sdk from '@aws-sdk/client-ec2';
import { AwsError } from '../../gateway/errors.ts';
import type { Table, Tables } from '../../state/tables.ts';
import { scopeKey, type Scope } from '../scope.ts';
import { operation, type AwsContext, type Call, type Operation, type Timestamped } from '../service.ts';
import { missing } from './errors.ts';
import { select } from './filters.ts';
import { newId } from './state.ts';
import { tagsFor } from './tag-specifications.ts';

export type Template = Timestamped<sdk.LaunchTemplate>;
export type Version = Timestamped<sdk.LaunchTemplateVersion>;

export function templatesTable(tables: Tables): Table<Template> {
  return tables.table('ec2.launch-templates');
}

function versionsTable(tables: Tables): Table<Version> {
  return tables.table('ec2.launch-template-versions');
}

type Place = Scope & Pick<AwsContext, 'tables'>;

interface Reference {
  LaunchTemplateId?: string | undefined;
  LaunchTemplateName?: string | undefined;
  Version?: string | undefined;
}

function requireTemplate({ LaunchTemplateId: id, LaunchTemplateName: name }: Reference, place: Place): Template {
  if (id === undefined && name === undefined) {
    throw missing('LaunchTemplateId or LaunchTemplateName');
  }
  const template =
    id === undefined
      ? templatesTable(place.tables)
          .list(`${scopeKey(place)}/`)
          .find((one) => one.LaunchTemplateName === name)
      : templatesTable(place.tables).get(scopeKey(place, id));
  if (!template) {
    throw id === undefined
      ? new AwsError(
          'InvalidLaunchTemplateName.NotFoundException',
          `The specified launch template, with template name ${name ?? ''}, does not exist.`,
        )
      : new AwsError('InvalidLaunchTemplateId.NotFound', `The specified launch template, with template ID ${id}, does not exist.`);
  }
  return template;
}

function versionsOf(template: Template, place: Place): Version[] {
  return versionsTable(place.tables).list(`${scopeKey(place, template.LaunchTemplateId ?? '')}/`);
}

function versionKey(template: Template, number: number, place: Place): string {
  return scopeKey(place, template.LaunchTemplateId ?? '', String(number).padStart(8, '0'));
}

/** The version that `1`, `$Latest` or `$Default` means. Throws InvalidLaunchTemplateId.VersionNotFound. */
export function requireTemplateVersion(reference: Reference, place: Place): Version {
  const template = requireTemplate(reference, place);
  const wanted = (reference.Version ?? '$Default').replace(/^\$latest$/i, () => '$Latest').replace(/^\$default$/i, () => '$Default');
  const number =
    wanted === '$Latest' ? template.LatestVersionNumber : wanted === '$Default' ? template.DefaultVersionNumber : Number(wanted);
  const version = versionsTable(place.tables).get(versionKey(template, number ?? 0, place));
  if (!version) {
    throw new AwsError(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find the specified version ${wanted} for the launch template with ID ${template.LaunchTemplateId ?? ''}.`,
    );
  }
  return version;
}

function addVersion(template: Template, data: Version['LaunchTemplateData'], description: string | undefined, call: Call): Version {
  const number = (template.LatestVersionNumber ?? 0) + 1;
  const version: Version = {
    LaunchTemplateId: template.LaunchTemplateId,
    LaunchTemplateName: template.LaunchTemplateName,
    VersionNumber: number,
    ...(description === undefined ? {} : { VersionDescription: description }),
    CreateTime: call.clock.now(),
    CreatedBy: call.principal.arn,
    DefaultVersion: number === (template.DefaultVersionNumber ?? 1),
    LaunchTemplateData: data,
  };
  versionsTable(call.tables).put(versionKey(template, number, call), version);
  templatesTable(call.tables).put(scopeKey(call, template.LaunchTemplateId ?? ''), { ...template, LatestVersionNumber: number });
  return version;
}

function create(input: Timestamped<sdk.CreateLaunchTemplateRequest>, call: Call): { LaunchTemplate: Template } {
  const name = input.LaunchTemplateName ?? '';
  const table = templatesTable(call.tables);
  if (table.list(`${scopeKey(call)}/`).some((one) => one.LaunchTemplateName === name)) {
    throw new AwsError('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.');
  }
  const template: Template = {
    LaunchTemplateId: newId('lt'),
    LaunchTemplateName: name,
    CreateTime: call.clock.now(),
    CreatedBy: call.principal.arn,
    DefaultVersionNumber: 1,
    LatestVersionNumber: 0,
    Tags: tagsFor('launch-template', input.TagSpecifications),
  };
  addVersion(template, input.LaunchTemplateData as Version['LaunchTemplateData'], input.VersionDescription, call);
  return { LaunchTemplate: table.get(scopeKey(call, template.LaunchTemplateId ?? '')) ?? template };
}

function describeVersions(
  input: Timestamped<sdk.DescribeLaunchTemplateVersionsRequest>,
  call: Call,
): Timestamped<Omit<sdk.DescribeLaunchTemplateVersionsResult, '$metadata'>> {
  const isNamed = input.LaunchTemplateId !== undefined || input.LaunchTemplateName !== undefined;
  const templates = isNamed ? [requireTemplate(input, call)] : templatesTable(call.tables).list(`${scopeKey(call)}/`);
  const versions = templates.flatMap((template) => {
    const all = versionsOf(template, call);
    const wanted = input.Versions?.map((one) =>
      one === '$Latest' ? template.LatestVersionNumber : one === '$Default' ? template.DefaultVersionNumber : Number(one),
    );
    return all.filter(
      ({ VersionNumber: number = 0 }) =>
        (!wanted?.length || wanted.includes(number)) &&
        (input.MinVersion === undefined || number >= Number(input.MinVersion)) &&
        (input.MaxVersion === undefined || number <= Number(input.MaxVersion)),
    );
  });
  const page = select([...versions].reverse(), undefined, input, {
    id: (one) => one.LaunchTemplateId,
    notFound: (id) =>
      new AwsError('InvalidLaunchTemplateId.NotFound', `The specified launch template, with template ID ${id}, does not exist.`),
    fields: {
      'is-default-version': (one) => one.DefaultVersion,
      'image-id': (one) => one.LaunchTemplateData?.ImageId,
      'instance-type': (one) => one.LaunchTemplateData?.InstanceType,
      'create-time': (one) => one.CreateTime,
    },
  });
  return { LaunchTemplateVersions: page.items, NextToken: page.nextToken };
}

export const launchTemplateOperations: Readonly<Record<string, Operation>> = {
  CreateLaunchTemplate: operation<sdk.CreateLaunchTemplateRequest, sdk.CreateLaunchTemplateResult>({ handle: create }),
  CreateLaunchTemplateVersion: operation<sdk.CreateLaunchTemplateVersionRequest, sdk.CreateLaunchTemplateVersionResult>({
    handle: (input, call) => {
      const template = requireTemplate(input, call);
      const source =
        input.SourceVersion === undefined ? undefined : requireTemplateVersion({ ...input, Version: input.SourceVersion }, call);
      const data = { ...source?.LaunchTemplateData, ...(input.LaunchTemplateData as Version['LaunchTemplateData']) };
      return { LaunchTemplateVersion: addVersion(template, data, input.VersionDescription, call) };
    },
  }),
  DescribeLaunchTemplates: operation<sdk.DescribeLaunchTemplatesRequest, sdk.DescribeLaunchTemplatesResult>({
    handle: (input, call) => {
      const ids = [
        ...(input.LaunchTemplateIds ?? []),
        ...(input.LaunchTemplateNames ?? []).map((name) => requireTemplate({ LaunchTemplateName: name }, call).LaunchTemplateId ?? ''),
      ];
      const page = select(templatesTable(call.tables).list(`${scopeKey(call)}/`), ids, input, {
        id: (one) => one.LaunchTemplateId,
        notFound: (id) =>
          new AwsError('InvalidLaunchTemplateId.NotFound', `The specified launch template, with template ID ${id}, does not exist.`),
        fields: { 'launch-template-name': (one) => one.LaunchTemplateName, 'create-time': (one) => one.CreateTime },
      });
      return { LaunchTemplates: page.items, NextToken: page.nextToken };
    },
  }),
  DescribeLaunchTemplateVersions: operation<sdk.DescribeLaunchTemplateVersionsRequest, sdk.DescribeLaunchTemplateVersionsResult>({
    handle: describeVersions,
  }),
  ModifyLaunchTemplate: operation<sdk.ModifyLaunchTemplateRequest, sdk.ModifyLaunchTemplateResult>({
    handle: (input, call) => {
      const template = requireTemplate(input, call);
      const version = requireTemplateVersion({ ...input, Version: input.DefaultVersion }, call);
      const changed: Template = { ...template, DefaultVersionNumber: version.VersionNumber };
      templatesTable(call.tables).put(scopeKey(call, template.LaunchTemplateId ?? ''), changed);
      for (const one of versionsOf(template, call)) {
        versionsTable(call.tables).put(versionKey(template, one.VersionNumber ?? 0, call), {
          ...one,
          DefaultVersion: one.VersionNumber === version.VersionNumber,
        });
      }
      return { LaunchTemplate: changed };
    },
  }),
  DeleteLaunchTemplate: operation<sdk.DeleteLaunchTemplateRequest, sdk.DeleteLaunchTemplateResult>({
    handle: (input, call) => {
      const template = requireTemplate(input, call);
      for (const one of versionsOf(template, call)) {
        versionsTable(call.tables).delete(versionKey(template, one.VersionNumber ?? 0, call));
      }
      templatesTable(call.tables).delete(scopeKey(call, template.LaunchTemplateId ?? ''));
      return { LaunchTemplate: template };
    },
  }),
  DeleteLaunchTemplateVersions: operation<sdk.DeleteLaunchTemplateVersionsRequest, sdk.DeleteLaunchTemplateVersionsResult>({
    handle: (input, call) => {
      const template = requireTemplate(input, call);
      const base = { LaunchTemplateId: template.LaunchTemplateId, LaunchTemplateName: template.LaunchTemplateName };
      const done: object[] = [];
      const failed: object[] = [];
      for (const wanted of input.Versions ?? []) {
        const number = Number(wanted);
        if (number === template.DefaultVersionNumber) {
          failed.push({
            ...base,
            VersionNumber: number,
            ResponseError: { Code: 'launchTemplateVersionInUse', Message: 'The default version cannot be deleted.' },
          });
        } else if (versionsTable(call.tables).delete(versionKey(template, number, call))) {
          done.push({ ...base, VersionNumber: number });
        } else {
          failed.push({
            ...base,
            VersionNumber: number,
            ResponseError: { Code: 'launchTemplateVersionDoesNotExist', Message: `Version ${wanted} does not exist.` },
          });
        }
      }
      return { SuccessfullyDeletedLaunchTemplateVersions: done, UnsuccessfullyDeletedLaunchTemplateVersions: failed };
    },
  }),
  GetLaunchTemplateData: operation<sdk.GetLaunchTemplateDataRequest, sdk.GetLaunchTemplateDataResult>({
    handle: (input, call) => {
      const instance = call.tables.table<Timestamped<sdk.Instance>>('ec2.instances').get(scopeKey(call, input.InstanceId ?? ''));
      if (!instance) {
        throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${input.InstanceId ?? ''}' does not exist`);
      }
      return { LaunchTemplateData: { ImageId: instance.ImageId, InstanceType: instance.InstanceType, KeyName: instance.KeyName } };
    },
  }),
};
