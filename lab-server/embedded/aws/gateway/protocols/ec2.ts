// EC2's dialect of the query protocol: capitalised parameter names, flat lists, `<Response>` around errors
// (https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html).
import type { AwsError } from '../errors.ts';
import type { Member, OperationModel, ServiceModel } from '../../model/model.ts';
import { parameterTree, readStructure, type FormNaming } from './form.ts';
import { formOf, queryProtocol, xmlAnswer } from './query.ts';
import type { Resolved, WireAnswer, WireProtocol, WireRequest } from './protocol.ts';
import { escapeXml, writeStructure, type XmlNaming } from './xml.ts';

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const formNaming: FormNaming = {
  member: (name: string, member: Member) => member.ec2QueryName ?? capitalised(member.xmlName ?? name),
  listInfix: () => '',
};

const xmlNaming: XmlNaming = { member: (name, member) => member.xmlName ?? name, isFlat: (member) => member.flattened === true };

export const ec2Protocol: WireProtocol = {
  resolve: (request, model) => queryProtocol.resolve(request, model),
  requestedName: (request) => queryProtocol.requestedName(request),

  readInput(request: WireRequest, _resolved: Resolved, model: ServiceModel, operation: OperationModel): Record<string, unknown> {
    return readStructure(parameterTree(formOf(request)), operation.input, model, formNaming);
  },

  writeOutput(output, name, model, operation, requestId): WireAnswer {
    const members = writeStructure(output, operation.output, model, xmlNaming);
    const result = operation.output === 'Unit' ? '<return>true</return>' : members;
    return xmlAnswer(
      200,
      `<${name}Response xmlns="${model.xmlNamespace ?? ''}/"><requestId>${requestId}</requestId>${result}</${name}Response>`,
      requestId,
    );
  },

  writeError(error: AwsError, status: number, code: string, _model: ServiceModel, requestId: string): WireAnswer {
    const detail = `<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message></Error>`;
    return xmlAnswer(status, `<Response><Errors>${detail}</Errors><RequestID>${requestId}</RequestID></Response>`, requestId);
  },
};
