import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  asWriter,
  genuine,
  InMemoryEventStore,
  noteEvents,
  noteParts,
  openWorkStream,
  testMetadata,
  wholeNotes,
  type EventStore,
  type OpenWorkNoted,
  type Position,
} from '../src/index.js';

const { OpenWorkNoted: example } = JSON.parse(
  readFileSync(new URL('../../../fixtures/kernel/events.json', import.meta.url), 'utf8'),
) as { readonly OpenWorkNoted: OpenWorkNoted['data'] };
const rails = 'safety-rails';
const now = '2026-01-01T00:00:00.000Z';
const at = (place: number): Position => ({ commit: BigInt(place), prepare: BigInt(place) });
const many = Array.from({ length: 4500 }, (_, i) => `action-demo:a${i}`);

let log: InMemoryEventStore;
let store: EventStore;

const append = async (
  parts: readonly OpenWorkNoted['data'][],
  writer = rails,
  over: object = {},
): Promise<void> => {
  for (const event of noteEvents(rails, parts, now))
    await log.append(
      openWorkStream(rails),
      [{ ...event, metadata: { ...event.metadata, writer, ...over } }],
      'any',
    );
};
const placesOf = async (): Promise<readonly bigint[]> =>
  (await wholeNotes(store, rails)).map(({ position }) => position.commit);

beforeEach(async () => {
  log = new InMemoryEventStore();
  store = genuine(asWriter(log, rails));
  // Notes tell of places before their own.
  for (let i = 0; i < 50; i += 1)
    await log.append(
      `plan-demo:${i}`,
      [{ id: `${i}`, type: 'Happened', data: {}, metadata: testMetadata({ writer: rails }) }],
      'any',
    );
});

describe('a note of open work', () => {
  it('is written like its example; a changed shape needs a new schema version', () => {
    const streams = ['plan-demo:p1', 'action-demo:a2', 'action-demo:a1', 'action-demo:a1'];
    expect(noteParts(rails, at(41), streams)).toEqual([example]);
  });

  it('comes in parts that each fit into an append, and is read back whole', async () => {
    const parts = noteParts(rails, at(7), many);
    expect(parts.map(({ part, of }) => [part, of])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    await append(parts);
    const [note] = await wholeNotes(store, rails);
    expect([...note!.streams].sort()).toEqual([...many].sort());
  });

  it('states in one part that nothing is open', async () => {
    await append(noteParts(rails, at(7), []));
    expect(await wholeNotes(store, rails)).toMatchObject([{ streams: [] }]);
  });

  it('refuses a stream without a tenant', () =>
    expect(() => noteParts(rails, at(1), ['nonsense'])).toThrow('is not a stream of a tenant'));
});

describe('the whole notes of a service', () => {
  it('are empty if nothing was noted', async () => {
    expect(await placesOf()).toEqual([]);
  });

  it('come with the latest position first, even if a late instance wrote last', async () => {
    await append(noteParts(rails, at(20), []));
    await append(noteParts(rails, at(10), []));
    expect(await placesOf()).toEqual([20n, 10n]);
  });

  it('lack a note with a missing part until the part is there', async () => {
    await append(noteParts(rails, at(10), []));
    const parts = noteParts(rails, at(20), many);
    await append(parts.slice(0, 2));
    expect(await placesOf()).toEqual([10n]);
    await append(parts.slice(2));
    expect(await placesOf()).toEqual([20n, 10n]);
  });

  it('contain two notes with interleaved parts', async () => {
    const [a, b] = [noteParts(rails, at(10), many), noteParts(rails, at(20), many)];
    await append([a[0]!, b[0]!, b[1]!, a[1]!, a[2]!, b[2]!]);
    expect(await placesOf()).toEqual([20n, 10n]);
  });

  it('lack notes that another service wrote', async () => {
    await append(noteParts(rails, at(10), []));
    await append(noteParts(rails, at(20), []), 'digital-twin');
    expect(await placesOf()).toEqual([10n]);
  });

  it.each([
    ['a later place than its own', (data: object) => ({ ...data, position: '4000' })],
    ['no place', (data: object) => ({ ...data, position: 'x' })],
    ['a part beyond its last', (data: object) => ({ ...data, part: 2 })],
    ['ids that are none', (data: object) => ({ ...data, ids: { action: [1] } })],
    ['no parts', (data: object) => ({ ...data, of: 0 })],
  ])('lack a note that names %s', async (_, changed) => {
    await append(noteParts(rails, at(10), []));
    await append([changed(noteParts(rails, at(20), [])[0]!) as OpenWorkNoted['data']]);
    expect(await placesOf()).toEqual([10n]);
  });

  it('lack a note of another version', async () => {
    await append(noteParts(rails, at(10), []));
    await append(noteParts(rails, at(20), []), rails, { schema_version: 2 });
    expect(await placesOf()).toEqual([10n]);
  });
});
