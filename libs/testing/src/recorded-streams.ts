import { readdirSync, readFileSync } from 'node:fs';
import { parsePosition, type RecordedEvent } from '@interlock/kernel';

type Line = Omit<RecordedEvent, 'revision' | 'position'> & {
  readonly revision: string;
  readonly position: string;
};
const folder = new URL('../../../fixtures/streams/', import.meta.url);

const eventOf = (text: string): RecordedEvent => {
  const line = JSON.parse(text) as Line;
  const position = parsePosition(line.position);
  if (position === undefined) throw new Error(`\`${line.position}\` is no position`);
  return { ...line, revision: BigInt(line.revision), position };
};

/**
 * The streams of a category in the logs under `fixtures/streams`, which earlier versions wrote, by
 * name, with their events in order.
 */
export const recordedStreams = (
  category: string,
): readonly (readonly [stream: string, events: readonly RecordedEvent[]])[] => {
  const streams = new Map<string, RecordedEvent[]>();
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.ndjson')))
    for (const text of readFileSync(new URL(name, folder), 'utf8').trim().split('\n')) {
      const event = eventOf(text);
      if (!event.stream.startsWith(`${category}-`)) continue;
      const key = `${name} ${event.stream}`;
      streams.set(key, [...(streams.get(key) ?? []), event]);
    }
  if (streams.size === 0) throw new Error(`no stream \`${category}-…\` was recorded`);
  return [...streams];
};
