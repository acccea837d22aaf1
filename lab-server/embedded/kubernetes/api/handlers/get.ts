// One object.
import type { Answer, ResourceRequest } from '../http/request.ts';
import { shownObject } from '../core.ts';
import { negotiate } from '../negotiate.ts';
import { existing } from '../objects/update.ts';
import { includeObjectOf, metadataOnly, table } from '../table.ts';

export function handleGet(request: ResourceRequest): Answer {
  const { core, resource, info } = request;
  const { as } = negotiate(request.message.headers.accept);
  const entry = existing(core, resource, info.namespace, info.name);
  const object = shownObject(core, resource, entry);
  switch (as) {
    case 'object':
      return { code: 200, body: object === entry.object ? entry.text : object };
    case 'Table': {
      const metadata = { resourceVersion: object.metadata.resourceVersion ?? '' };
      return { code: 200, body: table(resource, [object], metadata, core.clock.now(), includeObjectOf(request.query)) };
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return { code: 200, body: metadataOnly(object) };
  }
}
