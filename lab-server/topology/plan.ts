// What a platform has to say to be drawn: which questions to follow, and how the documents that answer them become a picture.
import type { Topology } from '../protocol/index.ts';
import type { StateDocument, StateQuery } from '../sandboxes/sandbox.ts';

/** Documents by the name of the question that they answer. */
export type Documents = ReadonlyMap<string, readonly StateDocument[]>;

export interface Question {
  /** The name under which `draw` finds the documents. */
  name: string;
  query: StateQuery;
  /** Further questions about one document of the answer, followed while it exists: the tasks of a cluster. */
  more?(document: StateDocument): readonly Question[];
}

export interface TopologyPlan {
  questions: readonly Question[];
  /** What a document is known by. */
  identity(document: StateDocument): string;
  draw(documents: Documents): Topology;
}

/** A picture of more units than this helps nobody; the rest is counted. */
export const MAX_UNITS = 200;
