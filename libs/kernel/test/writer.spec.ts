import { describe, expect, it } from '@jest/globals';
import {
  asWriter,
  CommandHandler,
  collect,
  genuine,
  InMemoryEventStore,
  isProblem,
  logBehind,
  testMetadata,
  withholds,
  type CommandContext,
  type Decider,
  type EventStore,
  type RecordedEvent,
} from '../src/index.js';

const event = {
  id: '6d4c0a0e-2a53-4b52-8a55-9b0a6f6c1f0a',
  type: 'ActionRequested',
  data: {},
  metadata: testMetadata({ writer: 'somebody-else' }),
};

describe('a service that writes to the log', () => {
  it('signs each event with its name, whatever writer the event named', async () => {
    const log = new InMemoryEventStore();
    await asWriter(log, 'safety-rails').append('action-demo:1', [event], 'no_stream');
    const [written] = await collect(log.read('action-demo:1'));
    expect(written?.metadata.writer).toBe('safety-rails');
    expect(event.metadata.writer).toBe('somebody-else');
  });

  it.each([
    'device-demo:1',
    'unknown-demo:1',
    'constructor-demo:1',
    'action',
    '$settings',
    '$$action-demo:1',
  ])('cannot append to `%s`, which it does not own', async (stream) => {
    const log = new InMemoryEventStore();
    await expect(asWriter(log, 'safety-rails').append(stream, [event], 'any')).rejects.toThrow(
      'does not own the stream',
    );
    expect(await log.head()).toBeNull();
  });

  it('shares the cached state of a log with the other services of its process', () => {
    const log = new InMemoryEventStore();
    const view = asWriter(asWriter(log, 'audit'), 'safety-rails');
    expect(logBehind(view)).toBe(log);
    expect(logBehind(log)).toBe(log);
  });
});

const stream = 'action-demo:1';
const by = (writer: string | undefined, id: string, type = 'ActionApproved') => ({
  ...event,
  id,
  type,
  metadata: testMetadata(writer === undefined ? {} : { writer }),
});
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (isProblem(error) ? error.code : String(error)),
  );
/** A log whose action was accepted by its owner, then moved by somebody else. */
const withForgery = async (writer: string | undefined): Promise<InMemoryEventStore> => {
  const log = new InMemoryEventStore();
  await log.append(stream, [by('safety-rails', 'a', 'IntentAccepted')], 'no_stream');
  await log.append(stream, [by(writer, 'b')], 0n);
  await log.append('action-demo:2', [by('safety-rails', 'c', 'IntentAccepted')], 'no_stream');
  return log;
};
/** The ids of what a subscription to every action hands over. */
const handedOver = async (store: EventStore): Promise<readonly string[]> => {
  const ids: string[] = [];
  await new Promise<void>((resolve, reject) => {
    store.subscribe(
      { after: null, prefixes: ['action-'], name: 'test' },
      {
        onEvent: ({ id }) => {
          ids.push(id);
        },
        onCaughtUp: resolve,
        onFailure: reject,
      },
    );
  });
  return ids;
};

type Count = { readonly kind: 'count'; readonly stops: boolean };
const counter: Decider<Count, { readonly type: string; readonly data: object }, number> = {
  name: 'counter',
  types: ['IntentAccepted', 'ActionApproved'],
  initial: 0,
  decide: () => [{ type: 'ActionApproved', data: {} }],
  evolve: (count) => count + 1,
};
const context = (commandId: string): CommandContext => ({
  commandId,
  tenantId: 'demo',
  actor: { kind: 'service', service: 'test' },
  now: '2026-11-23T00:00:00.000Z',
  correlationId: 'c',
  causationId: 'c',
});

describe.each(['budget-ledger', undefined])('an event of an action that %s wrote', (writer) => {
  it('stops every read of its stream, forwards and backwards', async () => {
    const view = genuine(asWriter(await withForgery(writer), 'safety-rails'));
    expect(await codeOf(collect(view.read(stream)))).toBe('forged-event');
    expect(await codeOf(collect(view.read(stream, { backwards: true, limit: 1 })))).toBe('forged-event');
    expect(await codeOf(collect(view.read('action-demo:2')))).toBe('done');
  });

  it('stops every command on the action, even with a kept state', async () => {
    const log = new InMemoryEventStore();
    const handler = new CommandHandler(genuine(asWriter(log, 'safety-rails')), counter, {
      backoff: () => Promise.resolve(),
    });
    await handler.handle(stream, { kind: 'count', stops: false }, context('1'));
    await log.append(stream, [by(writer, 'b')], 0n);
    for (const stops of [false, true])
      expect(await codeOf(handler.handle(stream, { kind: 'count', stops }, context(`${stops}`)))).toBe(
        'forged-event',
      );
    expect(await collect(log.read(stream))).toHaveLength(2);
  });

  it('is skipped only by a command that tightens', async () => {
    const log = new InMemoryEventStore();
    const handler = new CommandHandler<Count, { readonly type: string; readonly data: object }, number>(
      genuine(asWriter(log, 'safety-rails')),
      {
        ...counter,
        decide: ({ stops }, count) => [{ type: 'ActionApproved', data: { count, stops } }],
        inSpiteOfForgery: { takes: ({ stops }) => stops, after: (count) => count + 100 },
      },
      { backoff: () => Promise.resolve() },
    );
    const tell = (stops: boolean, id: string) =>
      handler.handle(stream, { kind: 'count', stops }, context(id));
    await tell(false, '1');
    await log.append(stream, [by(writer, 'b')], 0n);
    expect(await codeOf(tell(false, '2'))).toBe('forged-event');
    expect(await tell(true, '3')).toMatchObject({ revision: 2n, state: 102, repeated: false });
    expect(await tell(true, '3')).toMatchObject({ revision: 2n, repeated: true });
    expect(await codeOf(tell(false, '4'))).toBe('forged-event');
    expect(await codeOf(handler.load(stream))).toBe('forged-event');
    expect((await collect(log.read(stream))).map(({ data }) => data)).toEqual([
      { count: 0, stops: false },
      {},
      { count: 101, stops: true },
    ]);
  });

  it('reaches no subscription and is reported each time', async () => {
    const calls: string[] = [];
    const log = await withForgery(writer);
    const view = genuine(log, ({ id }: RecordedEvent, forgery) => {
      calls.push(`${id} ${forgery}`);
    });
    expect(await handedOver(view)).toEqual(['a', 'c']);
    expect(calls).toEqual([expect.stringMatching(/^b is forged: .*`safety-rails` alone writes `action`$/)]);
    expect(await handedOver(log)).toEqual(['a', 'b', 'c']);
  });

  it('is skipped only by callers that read the whole log for a view', async () => {
    const log = await withForgery(writer);
    const view = genuine(log);
    const events = await collect(view.readAll());
    expect(events.filter((one) => withholds(view, one)).map(({ id }) => id)).toEqual(['b']);
    expect(events.some((one) => withholds(log, one))).toBe(false);
  });
});

describe('a log whose first event names no writer', () => {
  it('treats that event as forged', async () => {
    const log = new InMemoryEventStore();
    await log.append(stream, [by(undefined, 'a', 'IntentAccepted')], 'no_stream');
    await log.append('action-demo:2', [by('safety-rails', 'b')], 'no_stream');
    const view = genuine(log);
    expect(await codeOf(collect(view.read(stream)))).toBe('forged-event');
    expect(await codeOf(collect(view.read('action-demo:2')))).toBe('done');
    expect(await handedOver(view)).toEqual(['b']);
  });
});
