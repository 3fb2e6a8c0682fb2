import type { EventToAppend } from './event-store.js';

/**
 * The text that a service signs of an event: a heading, a line feed, and JSON without spaces of its stream, revision (null where the append named none), id, type,
 * data, and metadata without the signature. Members stand in the order in which the log has them.
 */
export const signedText = (
  { id, type, data, metadata }: EventToAppend,
  stream: string,
  revision: string | undefined,
): string => {
  const { signature: _, ...rest } = metadata;
  return `interlock event v1\n${JSON.stringify([stream, revision ?? null, id, type, data, rest])}`;
};
