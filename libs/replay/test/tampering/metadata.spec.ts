import { beforeAll, describe, expect, it } from '@jest/globals';
import { uuidV5, type RecordedEvent } from '@interlock/kernel';
import { parseVerifier, verifierText } from '@interlock/tree';
import { verifyLog } from '@interlock/verify';
import { Replay, type ReplayReport } from '../../src/index.js';
import { own } from './corpus.js';
import { honestLog } from './honest-log.js';
import { logKey, SealedEvents, sha256, sourceOf, textOf } from './sealed-events.js';

const key = parseVerifier(verifierText(logKey))!;
const minute = 60_000;
let honest: readonly RecordedEvent[];
beforeAll(() => {
  honest = honestLog(1);
});

const replayed = (events: readonly RecordedEvent[]): ReplayReport => {
  const replay = new Replay({ whole: true });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};
/** The tree that somebody with the log's key rebuilt over these events passes. */
const isSigned = async (events: readonly RecordedEvent[]): Promise<boolean> => {
  const text = textOf(await new SealedEvents(events).file({ tenant: null, filter: {} }, own));
  return (await verifyLog([sourceOf(text)], { key, sha256, complete: true })).verified;
};

type Forge = (event: RecordedEvent, all: readonly RecordedEvent[]) => Partial<RecordedEvent>;
const shifted = (time: string, by: number): string => new Date(Date.parse(time) + by).toISOString();
const withMetadata = ({ metadata }: RecordedEvent, over: object): Partial<RecordedEvent> => ({
  metadata: { ...metadata, ...over },
});
/** Events late in an action's stream, of which nothing but the metadata tells. */
const inAction = ({ stream, revision, type }: RecordedEvent): boolean =>
  stream.startsWith('action-') && revision > 2n && type === 'GatesJudged';
const asFeedback = ({ stream }: RecordedEvent): boolean => stream.startsWith('lease-');

describe('metadata that somebody with the key of the log forged', () => {
  it.each<[string, (event: RecordedEvent) => boolean, Forge, RegExp]>([
    [
      'a correlation of another action',
      inAction,
      (event) => withMetadata(event, { $correlationId: uuidV5('forged') }),
      /correlation/,
    ],
    [
      'a cause of another correlation',
      asFeedback,
      (event, all) =>
        withMetadata(event, {
          $causationId: all.find(({ stream }) => stream.startsWith('action-'))!.id,
        }),
      /correlation/,
    ],
    [
      'a time before its stream',
      inAction,
      (event) => withMetadata(event, { occurred_at: shifted(event.metadata.occurred_at, -600 * minute) }),
      /occurs|metadata|made again|log stores/,
    ],
    [
      'a time before its cause',
      asFeedback,
      (event, all) => {
        const cause = all.findLast(({ position }) => position.commit < event.position.commit)!;
        return withMetadata(event, {
          $causationId: cause.id,
          $correlationId: cause.metadata.$correlationId,
          occurred_at: shifted(cause.metadata.occurred_at, -6 * minute),
        });
      },
      /occurs after its cause/,
    ],
    [
      'a time after the log stored it',
      asFeedback,
      (event) => withMetadata(event, { occurred_at: shifted(event.created, 6 * minute) }),
      /log stores it after it occurs/,
    ],
    [
      'a stored time before the events before it',
      asFeedback,
      (event) => ({
        created: shifted(event.created, -600 * minute),
        ...withMetadata(event, { occurred_at: shifted(event.created, -600 * minute) }),
      }),
      /events before it|earlier events|made again/,
    ],
    ['no time', asFeedback, (event) => ({ created: event.created.replace('T', 'at') }), /stores/],
  ])('is found: %s', async (_, is, forge, said) => {
    const place = honest.findLastIndex(is);
    const forged = honest.with(place, { ...honest[place]!, ...forge(honest[place]!, honest) });
    expect(await isSigned(forged)).toBe(true);
    const { difference } = replayed(forged);
    expect(difference).toMatchObject({ id: honest[place]!.id });
    expect(`${difference?.what} ${difference?.kind}`).toMatch(said);
  });

  it('is not a finding within the skew of clocks', () => {
    const place = honest.findLastIndex(asFeedback);
    const event = honest[place]!;
    expect(
      replayed(honest.with(place, { ...event, created: shifted(event.created, -4 * minute) })).difference,
    ).toBeNull();
  });
});
