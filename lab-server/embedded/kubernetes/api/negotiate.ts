// Which representation of an answer a client takes: JSON as it is, a table, or metadata alone. Protobuf and CBOR are not spoken.
import { notAcceptable } from './errors.ts';

export type Representation = 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

export interface Negotiated {
  as: Representation;
  /** YAML instead of JSON. */
  yaml: boolean;
}

const PLAIN: Negotiated = { as: 'object', yaml: false };

/** What a 406 lists, as the real server does for its built-in types, less the binary encodings. */
export const ACCEPTED = ['application/json', 'application/yaml'];

interface MediaType {
  type: string;
  parameters: ReadonlyMap<string, string>;
}

/** The first of the Accept header's types that can be served. Throws 406 NotAcceptable where none can. */
export function negotiate(accept: string | undefined, transforms = true): Negotiated {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') {
    return PLAIN;
  }
  for (const { type, parameters } of mediaTypes(accept)) {
    const yaml = type === 'application/yaml';
    if (!yaml && type !== 'application/json' && type !== '*/*' && type !== 'application/*') {
      continue;
    }
    const as = parameters.get('as');
    if (as === undefined) {
      return yaml ? { as: 'object', yaml } : PLAIN;
    }
    const served = parameters.get('g') === 'meta.k8s.io' && parameters.get('v') === 'v1';
    if (transforms && served && (as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')) {
      return { as, yaml };
    }
  }
  throw notAcceptable(ACCEPTED);
}

export function mediaTypes(header: string): MediaType[] {
  return header
    .split(',')
    .map((part) => {
      const [type = '', ...rest] = part.split(';').map((text) => text.trim());
      const parameters = new Map(
        rest.map((parameter) => {
          const equals = parameter.indexOf('=');
          return equals < 0 ? ([parameter, ''] as const) : ([parameter.slice(0, equals), parameter.slice(equals + 1)] as const);
        }),
      );
      return { type: type.toLowerCase(), parameters, quality: Number(parameters.get('q') ?? '1') };
    })
    .toSorted((a, b) => b.quality - a.quality);
}

/** The type of a body, without its parameters. */
export function contentType(header: string | undefined): string {
  return (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
