// What a template says, without making anything of it: its checks, its parameters, the acknowledgements that it needs.
import type * as sdk from '@aws-sdk/client-cloudformation';
import { AwsError } from '../../gateway/errors.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { requireType } from './engine/apply.ts';
import { findStack } from './engine/records.ts';
import { noStack, validationError } from './errors.ts';
import { RESOURCE_TYPES } from './resource-types/index.ts';
import { checkReferences } from './template/references.ts';
import { defaultOf, isNoEcho } from './template/parameters.ts';
import { parseTemplate, type Template } from './template/template.ts';

const LONGEST_BODY = 51_200;

/** The text of a template in a request. Throws ValidationError when there is none, or it lies elsewhere. */
export function templateText(input: { TemplateBody?: string; TemplateURL?: string }): string {
  if (input.TemplateBody !== undefined && input.TemplateURL !== undefined) {
    throw validationError('You cannot specify both TemplateBody and TemplateURL');
  }
  if (input.TemplateURL !== undefined) {
    throw validationError('S3 error: Access Denied. The embedded endpoint has no S3: give the template as TemplateBody.');
  }
  const text = input.TemplateBody;
  if (text === undefined || text === '') {
    throw validationError('Either Template URL or Template Body must be specified.');
  }
  if (text.length > LONGEST_BODY) {
    throw validationError(
      `1 validation error detected: Value '${text.slice(0, 100)}…' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${LONGEST_BODY}`,
    );
  }
  return text;
}

/** Reads and checks a template. Throws ValidationError. */
export function checkedTemplate(text: string): Template {
  const template = parseTemplate(text);
  const transforms = [template.Transform ?? []].flat().filter((one) => one !== 'AWS::LanguageExtensions');
  if (transforms.length > 0) {
    throw validationError(
      `Transforms are not supported by the embedded endpoint: ${transforms.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(', ')}.`,
    );
  }
  const unknown = [...new Set(Object.values(template.Resources).map((resource) => resource.Type))].filter(
    (type) => !Object.hasOwn(RESOURCE_TYPES, type),
  );
  if (unknown.length > 0) {
    throw validationError(`Template format error: Unrecognized resource types: [${unknown.join(', ')}]`);
  }
  checkReferences(template);
  return template;
}

/** The acknowledgements that a template needs, and why. */
export function capabilitiesOf(template: Template): { Capabilities: sdk.Capability[]; CapabilitiesReason?: string } {
  const identities = Object.entries(template.Resources).filter(([, resource]) => requireType(resource.Type).capability !== undefined);
  if (identities.length === 0) {
    return { Capabilities: [] };
  }
  const isNamed = identities.some(([, { Type, Properties = {} }]) => {
    const property = requireType(Type).named;
    return property !== undefined && Properties[property] !== undefined;
  });
  return {
    Capabilities: [isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'],
    CapabilitiesReason: `The following resource(s) require capabilities: [${[...new Set(identities.map(([, resource]) => resource.Type))].join(', ')}]`,
  };
}

/** Throws InsufficientCapabilitiesException unless what a template needs was acknowledged. Suites for other emulators leave it out. */
export function checkCapabilities(template: Template, given: readonly string[], call: Pick<Call, 'takesPlaceholders'>): void {
  const [needed] = capabilitiesOf(template).Capabilities;
  const isGiven = given.includes('CAPABILITY_NAMED_IAM') || (needed === 'CAPABILITY_IAM' && given.includes('CAPABILITY_IAM'));
  if (needed !== undefined && !isGiven && !call.takesPlaceholders) {
    throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${needed}]`);
  }
}

function parametersOf(template: Template): Timestamped<sdk.ParameterDeclaration>[] {
  return Object.entries(template.Parameters ?? {}).map(([ParameterKey, declaration]) => {
    const DefaultValue = defaultOf(declaration);
    return {
      ParameterKey,
      ...(DefaultValue === undefined ? {} : { DefaultValue }),
      ParameterType: declaration.Type,
      NoEcho: isNoEcho(declaration),
      ...(declaration.Description === undefined ? {} : { Description: declaration.Description }),
      ParameterConstraints: declaration.AllowedValues ? { AllowedValues: declaration.AllowedValues.map(String) } : {},
    };
  });
}

/** The template of a stack, or of the request itself. */
function wantedText(input: { TemplateBody?: string; TemplateURL?: string; StackName?: string }, call: Call): string {
  if (input.StackName === undefined) {
    return templateText(input);
  }
  const stack = findStack(input.StackName, call, call);
  if (!stack) {
    throw noStack(input.StackName);
  }
  return stack.template;
}

export const templateOperations: Readonly<Record<string, Operation>> = {
  ValidateTemplate: operation<sdk.ValidateTemplateInput, sdk.ValidateTemplateOutput>({
    handle: (input) => {
      const template = checkedTemplate(templateText(input));
      return {
        Parameters: parametersOf(template).map(({ ParameterKey, DefaultValue, NoEcho, Description }) => ({
          ParameterKey,
          DefaultValue,
          NoEcho,
          Description,
        })),
        ...(template.Description === undefined ? {} : { Description: template.Description }),
        ...capabilitiesOf(template),
      };
    },
  }),
  GetTemplateSummary: operation<sdk.GetTemplateSummaryInput, sdk.GetTemplateSummaryOutput>({
    handle: (input, call) => {
      const template = checkedTemplate(wantedText(input, call));
      return {
        Parameters: parametersOf(template),
        Description: template.Description,
        ...capabilitiesOf(template),
        ResourceTypes: [...new Set(Object.values(template.Resources).map((resource) => resource.Type))],
        Version: '2010-09-09',
        ...(template.Metadata === undefined ? {} : { Metadata: JSON.stringify(template.Metadata) }),
        DeclaredTransforms: [],
        ResourceIdentifierSummaries: [],
      };
    },
  }),
  GetTemplate: operation<sdk.GetTemplateInput, sdk.GetTemplateOutput>({
    handle: (input, call) => ({
      TemplateBody: wantedText({ StackName: input.StackName ?? input.ChangeSetName }, call),
      StagesAvailable: ['Original', 'Processed'],
    }),
  }),
  EstimateTemplateCost: operation<sdk.EstimateTemplateCostInput, sdk.EstimateTemplateCostOutput>({
    handle: (input) => {
      checkedTemplate(templateText(input));
      return { Url: 'https://calculator.aws/#/estimate' };
    },
  }),
};
