// What a write answers: the object as it is stored, in the representation that was asked for.
import type { Entry } from '../../storage/index.ts';
import type { Answer, ResourceRequest } from '../http/request.ts';
import { negotiate } from '../negotiate.ts';
import { includeObjectOf, metadataOnly, table } from '../table.ts';

export function shown(request: ResourceRequest, entry: Entry, code: number): Answer {
  const { core, resource } = request;
  const object = resource.fromStored(entry.object);
  const { as } = negotiate(request.message.headers.accept);
  switch (as) {
    case 'object':
      return { code, body: object === entry.object ? entry.text : object, isWrite: true };
    case 'Table': {
      const metadata = { resourceVersion: object.metadata.resourceVersion ?? '' };
      return { code, body: table(resource, [object], metadata, core.clock.now(), includeObjectOf(request.query)), isWrite: true };
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return { code, body: metadataOnly(object), isWrite: true };
  }
}
