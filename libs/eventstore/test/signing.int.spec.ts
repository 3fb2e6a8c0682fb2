import { createPrivateKey, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  asWriter,
  collect,
  genuine,
  positionText,
  ProblemError,
  testMetadata,
  type EventToAppend,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  connectEventStore,
  newEventKey,
  publicPartOf,
  readEventKeys,
  readWriterKeys,
  signatureFault,
  signingServices,
  type ConnectedEventStore,
} from '../src/index.js';
import { freshStream } from './events.js';
import { startLogProcess, type LogProcess } from './log-process.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-event-keys-'));
const pems = Object.fromEntries(signingServices.map((service) => [service, newEventKey()]));
const listed = (): { [service: string]: string[] } =>
  Object.fromEntries(signingServices.map((service) => [service, [publicPartOf(pems[service]!, service)]]));
const env = { EVENT_KEYS_DIR: folder };
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const list = (writers: object, more: object = {}): void =>
  write('writers.json', JSON.stringify({ ...more, writers }));
const refusalOf = (services: readonly string[]): string => {
  try {
    readEventKeys(env, services);
  } catch (error) {
    return (error as ProblemError).message;
  }
  return 'read';
};
const happened = (over: Partial<EventToAppend> = {}): EventToAppend => ({
  id: randomUUID(),
  type: 'ActionApproved',
  data: { by: 'anna', note: undefined, text: 'a ü \ud800', n: -0, 7: 1.25, a: [{ z: 1, a: null }] },
  metadata: testMetadata({ tenant_id: 'demo' }),
  ...over,
});

let log: LogProcess;
/**
 * The log as a process of safety-rails and digital-twin has it; as one without any key; and as a
 * reader that checks signatures.
 */
let store: ConnectedEventStore;
let stranger: ConnectedEventStore;
let checker: ConnectedEventStore;
beforeAll(async () => {
  for (const [service, pem] of Object.entries(pems)) write(`${service}.key`, pem);
  list(listed());
  log = await startLogProcess();
  store = await connectEventStore(log.url, { keys: readEventKeys(env, ['safety-rails', 'digital-twin']) });
  stranger = await connectEventStore(log.url);
  checker = await connectEventStore(log.url, { keys: readEventKeys(env, []) });
});
afterAll(async () => {
  for (const one of [store, stranger, checker]) await one.close();
  await log.kill();
  rmSync(folder, { recursive: true });
});

const read = async (stream: string): Promise<readonly RecordedEvent[]> => collect(checker.read(stream));
const faultsIn = async (stream: string): Promise<readonly (string | undefined)[]> =>
  (await read(stream)).map(({ unsigned }) => unsigned);
/** A stream with one genuine event, and the event as it stands in the log. */
const genuineEvent = async (): Promise<{ readonly stream: string; readonly event: RecordedEvent }> => {
  const stream = freshStream();
  await asWriter(store, 'safety-rails').append(stream, [happened()], 'no_stream');
  return { stream, event: (await read(stream))[0]! };
};

describe('events that their service signs', () => {
  it('are genuine for whoever has the public keys, one by one and however they are read', async () => {
    const stream = freshStream();
    const after = await checker.head();
    const writer = genuine(asWriter(store, 'safety-rails'));
    await writer.append(stream, [happened(), happened()], 'no_stream');
    await writer.append(stream, [happened({ data: {} })], 1n);
    expect(await faultsIn(stream)).toEqual([undefined, undefined, undefined]);
    expect(await collect(genuine(checker).read(stream))).toHaveLength(3);
    const followed: string[] = [];
    await new Promise<void>((resolve) => {
      genuine(checker).subscribe(
        { after, prefixes: [stream], name: 'signed' },
        {
          onEvent: ({ revision }) => {
            followed.push(`${revision}`);
            if (revision === 2n) resolve();
          },
        },
      );
    });
    expect(followed).toEqual(['0', '1', '2']);
    expect((await read(stream)).map(({ metadata }) => metadata.signature?.revision)).toEqual(['0', '1', '2']);
  });

  it('that were appended anywhere are genuine in the categories whose owners do so', async () => {
    const stream = freshStream('trace');
    await asWriter(store, 'digital-twin').append(stream, [happened()], 'any');
    expect(await faultsIn(stream)).toEqual([undefined]);
    await expect(asWriter(store, 'safety-rails').append(freshStream(), [happened()], 'any')).rejects.toThrow(
      'names no revision to be signed',
    );
  });

  it('cannot be appended by a process without the key of their service', async () => {
    await expect(
      asWriter(checker, 'safety-rails').append(freshStream(), [happened()], 'no_stream'),
    ).rejects.toThrow('there is no key to sign what `safety-rails` appends');
  });

  const forgeries: readonly {
    readonly what: string;
    readonly forged: (event: RecordedEvent) => EventToAppend;
    readonly elsewhere?: boolean;
    readonly says: string;
  }[] = [
    {
      what: 'without a signature',
      forged: ({ metadata: { signature: _, ...metadata }, ...event }) => ({
        ...event,
        id: randomUUID(),
        metadata,
      }),
      says: 'it is not signed',
    },
    { what: 'a second time', forged: (event) => event, says: 'its signature is for another revision' },
    {
      what: 'in another stream',
      forged: (event) => event,
      elsewhere: true,
      says: 'no key of `safety-rails` signed it',
    },
    {
      what: 'without its place',
      forged: (event) => ({
        ...event,
        metadata: { ...event.metadata, signature: { value: event.metadata.signature!.value } },
      }),
      says: 'its signature names no revision',
    },
    ...(
      [
        ['its data', { data: { by: 'eve' } }],
        ['its type', { type: 'ActionRejected' }],
        ['its id', { id: randomUUID() }],
      ] as const
    ).map(([what, over]) => ({
      what: `with a change of ${what}`,
      elsewhere: true,
      forged: (event: RecordedEvent) => ({ ...event, ...over }),
      says: 'no key of `safety-rails` signed it',
    })),
    {
      what: 'with a change of who acted',
      elsewhere: true,
      forged: (event) => ({
        ...event,
        metadata: { ...event.metadata, actor: { kind: 'person', id: 'eve' } as never },
      }),
      says: 'no key of `safety-rails` signed it',
    },
    {
      what: 'with a signature that is not text',
      forged: (event) => ({ ...event, metadata: { ...event.metadata, signature: { value: 7 } as never } }),
      says: 'it is not signed',
    },
    {
      what: 'in the name of a service that is none',
      elsewhere: true,
      forged: (event) => ({ ...event, metadata: { ...event.metadata, writer: 'constructor' } }),
      says: 'no key of `constructor` signed it',
    },
  ];

  it.each(forgeries)(
    'are forged where a stranger appends one $what',
    async ({ forged, elsewhere = false, says }) => {
      const { stream, event } = await genuineEvent();
      const to = elsewhere ? freshStream() : stream;
      const { id, type, data, metadata } = forged(event);
      const at = elsewhere ? 'no_stream' : 0n;
      // A log takes an id once at one place; of a repeat it would answer the first.
      const sameId = id === event.id && !elsewhere;
      await stranger.append(to, [{ id: sameId ? randomUUID() : id, type, data, metadata }], at);
      expect((await faultsIn(to)).at(-1)).toBe(says);
      await expect(collect(genuine(checker).read(to))).rejects.toMatchObject({ code: 'forged-event' });
      const [seen, withheld]: [string[], string[]] = [[], []];
      const end = freshStream();
      await asWriter(store, 'safety-rails').append(end, [happened()], 'no_stream');
      await new Promise<void>((resolve) => {
        const subscription = genuine(checker, ({ stream: of }) => withheld.push(of)).subscribe(
          { after: event.position, prefixes: ['action-'], name: 'forged' },
          {
            onEvent: ({ stream: of }) => {
              seen.push(of);
              if (of === end) resolve(subscription.stop());
            },
          },
        );
      });
      expect([seen.includes(to), withheld]).toEqual([false, [to]]);
    },
  );

  it('are forged with the key of another service', async () => {
    const writers = listed();
    const other = await connectEventStore(log.url, {
      keys: {
        faultOf: (event) =>
          signatureFault(readWriterKeys(JSON.stringify({ writers }), 'writers.json'), event),
        own: new Map([['safety-rails', readEventKeys(env, ['audit'])!.own.get('audit')!]]),
      },
    });
    const stream = freshStream();
    await asWriter(other, 'safety-rails').append(stream, [happened()], 'no_stream');
    await other.close();
    expect(await faultsIn(stream)).toEqual(['no key of `safety-rails` signed it']);
  });

  it('stay genuine when the service gets another key, as long as the old one is listed', async () => {
    const { event } = await genuineEvent();
    const writers = listed();
    const renewed = publicPartOf(newEventKey(), 'new');
    const after = (keys: readonly string[]): string | null =>
      signatureFault(
        readWriterKeys(JSON.stringify({ writers: { ...writers, 'safety-rails': keys } }), 'writers.json'),
        event,
      );
    expect(after([...writers['safety-rails']!, renewed])).toBeNull();
    expect(after([renewed])).toBe('no key of `safety-rails` signed it');
  });

  it('of a renewed key are genuine to a process that was started before, once its list names the key', async () => {
    const renewed = newEventKey();
    const writers = listed();
    const own = await connectEventStore(log.url, {
      keys: { faultOf: () => null, own: new Map([['safety-rails', createPrivateKey(renewed)]]) },
    });
    const stream = freshStream();
    await asWriter(own, 'safety-rails').append(stream, [happened()], 'no_stream');
    await own.close();
    const unknown = 'no key of `safety-rails` signed it';
    expect(await faultsIn(stream)).toEqual([unknown]);
    write('writers.json', '{ "writers":');
    expect(await faultsIn(stream)).toEqual([unknown]);
    list({ ...writers, 'safety-rails': [...writers['safety-rails']!, publicPartOf(renewed, 'renewed')] });
    expect(await faultsIn(stream)).toEqual([undefined]);
    list(writers);
  });

  it('need no signature up to the place where signing began', async () => {
    const old = freshStream();
    await asWriter(stranger, 'safety-rails').append(old, [happened()], 'no_stream');
    const [before] = await read(old);
    await asWriter(stranger, 'safety-rails').append(old, [happened()], 0n);
    const [, later] = await read(old);
    const keys = readWriterKeys(
      JSON.stringify({ writers: listed(), unsigned_until: positionText(before!.position) }),
      'writers.json',
    );
    expect([signatureFault(keys, before!), signatureFault(keys, later!)]).toEqual([null, 'it is not signed']);
  });
});

describe('the keys of a process', () => {
  it('are none where no folder is named', () => expect(readEventKeys({}, ['safety-rails'])).toBeNull());

  it('name every fault of the list', () => {
    const { audit: _, ...most } = listed();
    list(
      { ...most, posture: ['short'], relay: [most['alerting']![0]], alerting: [] },
      { unsigned_until: 'never' },
    );
    const refusal = refusalOf([]);
    for (const fault of [
      'a key of `posture` is not an Ed25519 key',
      '`relay` is not a service that writes to the log',
      '`alerting` has no key',
      '`audit` has no key',
      '`unsigned_until` is not a position',
    ])
      expect(refusal).toContain(fault);
    write('writers.json', 'nothing');
    expect(refusalOf([])).toContain('is not JSON');
    list(listed());
    expect(refusalOf([...signingServices, 'relay', 'edge'])).toBe('read');
  });

  it('are refused where the private one is missing, none, or not the one that is listed', () => {
    rmSync(join(folder, 'audit.key'));
    expect(refusalOf(['audit'])).toContain('is not there, and `audit` signs with it');
    write('audit.key', 'no key');
    expect(refusalOf(['audit'])).toContain('is not a private Ed25519 key in PEM');
    write('audit.key', newEventKey());
    expect(refusalOf(['audit'])).toContain('is not among the keys of `audit`');
    write('audit.key', pems['audit']!);
    expect(refusalOf(['audit'])).toBe('read');
  });
});
