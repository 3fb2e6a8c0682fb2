import type { EventToAppend } from './event-store.js';

/**
 * Returns the text of an event that a service signs: a heading, a line feed, and JSON without
 * spaces. The JSON has the event's stream, revision (null if the append named none), id, type,
 * data, and metadata without the signature. Members have the same order as in the log.
 */
export const signedText = (
  { id, type, data, metadata }: EventToAppend,
  stream: string,
  revision: string | undefined,
): string => {
  const { signature: _, ...rest } = metadata;
  return `interlock event v1\n${JSON.stringify([stream, revision ?? null, id, type, data, rest])}`;
};
