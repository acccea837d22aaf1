// AWS Query (IAM, STS, Elastic Load Balancing, …): a form with Action and Version, XML back
// (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html).
import type { AwsError } from '../errors.ts';
import type { OperationModel, ServiceModel } from '../../model/model.ts';
import { parameterTree, readStructure, type FormNaming } from './form.ts';
import type { Resolved, WireAnswer, WireProtocol, WireRequest } from './protocol.ts';
import { escapeXml, queryNaming, writeStructure } from './xml.ts';

const formNaming: FormNaming = {
  member: (name, member) => member.xmlName ?? name,
  listInfix: (member, element) => (member.flattened ? '' : (element.xmlName ?? 'member')),
};

export const queryProtocol: WireProtocol = {
  resolve(request: WireRequest, model: ServiceModel): Resolved | undefined {
    const operation = queryProtocol.requestedName(request);
    return operation !== undefined && Object.hasOwn(model.operations, operation) ? { operation } : undefined;
  },

  requestedName(request: WireRequest): string | undefined {
    return formOf(request).get('Action') ?? undefined;
  },

  readInput(request: WireRequest, _resolved: Resolved, model: ServiceModel, operation: OperationModel): Record<string, unknown> {
    return readStructure(parameterTree(formOf(request)), operation.input, model, formNaming);
  },

  writeOutput(output, name, model, operation, requestId): WireAnswer {
    const result = writeStructure(output, operation.output, model, queryNaming);
    const body = operation.output === 'Unit' ? '' : `<${name}Result>${result}</${name}Result>`;
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return xmlAnswer(200, `<${name}Response xmlns="${model.xmlNamespace ?? ''}">${body}${metadata}</${name}Response>`, requestId);
  },

  writeError(error: AwsError, status: number, code: string, model: ServiceModel, requestId: string): WireAnswer {
    const fault = status < 500 ? 'Sender' : 'Receiver';
    const detail = `<Error><Type>${fault}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message></Error>`;
    return xmlAnswer(
      status,
      `<ErrorResponse xmlns="${model.xmlNamespace ?? ''}">${detail}<RequestId>${requestId}</RequestId></ErrorResponse>`,
      requestId,
    );
  },
};

/** The form of a request: its body, and for GET its query string. */
export function formOf(request: WireRequest): URLSearchParams {
  return request.method === 'GET' || request.body.length === 0 ? request.query : new URLSearchParams(request.body.toString('utf8'));
}

export function xmlAnswer(status: number, body: string, requestId: string): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}\n`,
  };
}
