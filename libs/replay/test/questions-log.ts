import { readFileSync } from 'node:fs';
import { parsePosition, type RecordedEvent } from '@interlock/kernel';
import { readExportedLine } from '@interlock/tree';
import { LogQuestion, type Answer, type Asked, type QuestionName } from '../src/index.js';

/** The events of the demo's recorded log. */
export const demo = readFileSync(
  new URL('../../../fixtures/streams/demo-earlier.ndjson', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line): RecordedEvent => {
    const read = readExportedLine(line);
    if ('fault' in read) throw new Error(read.fault);
    return read.event;
  });
export const idOf = ({ stream }: RecordedEvent): string => stream.slice(stream.indexOf(':') + 1);
export const withType = (events: readonly RecordedEvent[], type: string): RecordedEvent =>
  events.find((event) => event.type === type)!;

/** Asks a whole export, unless another filter is given. */
export const ask = (
  events: readonly RecordedEvent[],
  name: QuestionName,
  asked: Asked,
  filter: Parameters<LogQuestion['takeFilter']>[0] = {},
): Answer => {
  const question = new LogQuestion(name, asked);
  for (const event of events) question.take(event);
  question.takeFilter(filter);
  return question.answer();
};
export const idsOf = ({ items }: Answer): readonly string[] => items.map(({ event }) => event.id);

let next = 1000n;
/** An event after those of the demo, in a stream of its own or after its last event. */
export const after = (
  events: readonly RecordedEvent[],
  stream: string,
  type: string,
  data: object,
  metadata: object = {},
): RecordedEvent => {
  next += 1n;
  return {
    ...{ id: `e-${next}`, type, stream, data, created: '2026-11-27T10:00:00.000Z' },
    revision: BigInt(events.filter((event) => event.stream === stream).length),
    position: parsePosition(`${next}`)!,
    metadata: {
      ...{ $correlationId: 'c', tenant_id: 'demo', schema_version: 1, command_id: 'c' },
      actor: { kind: 'person', person_id: 'ann' },
      occurred_at: '2026-11-27T10:00:00.000Z',
      ...metadata,
    },
  };
};
/** The demo's log with more events after it. */
export const log = (
  ...made: readonly (readonly [stream: string, type: string, data: object, metadata?: object])[]
): readonly RecordedEvent[] =>
  made.reduce<readonly RecordedEvent[]>(
    (events, [stream, type, data, metadata]) => [...events, after(events, stream, type, data, metadata)],
    demo,
  );
