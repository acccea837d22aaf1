// The concept pairs for the topology view, which names the counterpart of what it shows.
import { getCollection } from 'astro:content';
import type { APIRoute } from 'astro';

export const GET: APIRoute = async () => {
  const concepts = (await getCollection('concepts')).toSorted((a, b) => a.data.order - b.data.order);
  const pairs = concepts.map(({ data: { id, kubernetes, ecs, same, differs } }) => ({ id, kubernetes, ecs, same, differs }));
  return new Response(JSON.stringify(pairs), { headers: { 'content-type': 'application/json' } });
};
