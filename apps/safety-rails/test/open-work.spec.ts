import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  asWriter,
  collect,
  CommandHandler,
  genuine,
  InMemoryEventStore,
  noteEvents,
  noteParts,
  openWorkStream,
  testMetadata,
  type EventStore,
} from '@interlock/kernel';
import type { ConfirmedWork } from '@interlock/eventstore';
import type { Principal } from '@interlock/platform';
import { actionDecider, killSwitchDecider } from '@interlock/rails';
import { acceptedData } from '@interlock/rails/looks';
import { KillSwitchService, type Receipt } from '../src/kill-switch/kill-switch.service.js';
import { KillSwitchStops } from '../src/kill-switch/kill-switch-stops.js';
import { KillSwitches } from '../src/kill-switch/kill-switches.js';
import { OpenActions } from '../src/actions/open-actions.js';
import { RailsWork } from '../src/rails-work.js';
import { Sweep } from '../src/actions/sweep.js';

const now = '2026-03-01T12:00:00.000Z';
const backoff = (): Promise<void> => Promise.resolve();
const principal = {
  tenant_id: 'demo',
  person_id: 'ann',
  refused_as: ['person:ann'],
  tenants: ['demo'],
  actor: { kind: 'person', person_id: 'ann' },
  people: { seal: (_author: unknown, text: string) => Promise.resolve(text) },
} as unknown as Principal;

let log: InMemoryEventStore;
let found: ConfirmedWork[];
let stopping: (() => Promise<unknown>)[];

const accept = async (id: string): Promise<void> => {
  await log.append(
    `action-demo:${id}`,
    [
      {
        id: `accepted-${id}`,
        type: 'IntentAccepted',
        data: {
          ...acceptedData({ intent_id: id, entity_id: id }),
          action_id: id,
          first_gate_by: '2026-03-01T12:05:00.000Z',
        },
        metadata: { ...testMetadata({ writer: 'safety-rails' }), occurred_at: now },
      },
    ],
    'no_stream',
  );
};
const note = async (ids: readonly string[]): Promise<void> => {
  const position = (await log.head())!;
  await log.append(
    'feedback-demo:x',
    [
      {
        id: crypto.randomUUID(),
        type: 'Happened',
        data: {},
        metadata: testMetadata({ writer: 'safety-rails' }),
      },
    ],
    'any',
  );
  const parts = noteParts(
    'safety-rails',
    position,
    ids.map((id) => `action-demo:${id}`),
  );
  for (const event of noteEvents('safety-rails', parts, now))
    await log.append(
      openWorkStream('safety-rails'),
      [{ ...event, metadata: { ...event.metadata, writer: 'safety-rails' } }],
      'any',
    );
};
const statusOf = async (id: string): Promise<readonly string[]> =>
  (await collect(log.read(`action-demo:${id}`))).map(({ type }) => type);

/** An instance that has started, and whose full fold waits until it is let go. */
const started = async ({ holds = true } = {}) => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const store: EventStore = genuine(
    asWriter(
      {
        append: (...args) => log.append(...args),
        read: (...args) => log.read(...args),
        async *readAll(options = {}) {
          const isFull =
            (options.after ?? null) === null && options.limit !== 1 && options.backwards !== true;
          if (isFull && isHeld) await gate;
          yield* log.readAll(options);
        },
        subscribe: (...args) => log.subscribe(...args),
        head: () => log.head(),
        setRetention: () => Promise.resolve(),
        scavenge: () => Promise.resolve(),
      },
      'safety-rails',
    ),
  );
  let isHeld = false;
  const actions = new CommandHandler(store, actionDecider, { backoff });
  const switches = new KillSwitches(store);
  await switches.follower.start();
  isHeld = holds;
  const work = new RailsWork(store, undefined, (one) => found.push(one));
  const open = new OpenActions(work);
  const orchestrator = {
    command: (tenant: string, id: string, command: never, context: never) =>
      actions.handle(`action-${tenant}:${id}`, command, context),
  };
  const stops = new KillSwitchStops(actions, open, orchestrator as never, { warn: () => undefined });
  let missed: Promise<void> = Promise.resolve();
  work.onMissed((streams) => {
    missed = stops.stopMissed(streams, switches.uses.goingOn());
  });
  await work.start();
  const service = new KillSwitchService(
    store,
    new CommandHandler(store, killSwitchDecider, { backoff }),
    stops,
    { allAnswered: () => Promise.resolve(true), asked: () => [] },
    { KILL_SWITCH_RELEASE_PEOPLE: 1 },
    { unseen: () => Promise.resolve([]) },
    { warn: () => undefined },
  );
  stopping.push(() => Promise.all([work.kill(), switches.follower.stop()]));
  const ids = (): readonly string[] => open.list().map(({ action_id }) => action_id);
  return {
    work,
    open,
    ids,
    stop: (): Promise<Receipt> => service.set(principal, { scope: 'tenant', engaged: true, reason: 'drill' }),
    confirm: async (): Promise<void> => {
      release();
      await work.confirmed();
      await missed;
    },
  };
};

beforeEach(async () => {
  log = new InMemoryEventStore();
  [found, stopping] = [[], []];
  for (const id of ['a', 'b']) await accept(id);
});
afterEach(async () => {
  await Promise.all(stopping.map((stop) => stop()));
});

describe('a kill switch that is engaged right after a start from a note', () => {
  it('tells every action of the note and of what came after it, and says that it is not confirmed yet', async () => {
    await note(['a', 'b']);
    await accept('c');
    const { stop } = await started();
    const receipt = await stop();
    expect(receipt).toMatchObject({ engaged: true, complete: 'unconfirmed', cancelled_count: 3 });
  });

  it('says that it is complete once the whole log has confirmed the note', async () => {
    await note(['a', 'b']);
    const { stop, confirm } = await started();
    await confirm();
    expect(await stop()).toMatchObject({ complete: true, cancelled_count: 2 });
    expect(found).toEqual([{ missed: [], surplus: [] }]);
  });

  it('is complete at once where there is no note: everything was read', async () => {
    const { stop } = await started({ holds: false });
    expect(await stop()).toMatchObject({ complete: true, cancelled_count: 2 });
  });

  it('tells an action that the note lacked with the confirmation, which tells of it', async () => {
    await note(['a']);
    const { stop, confirm, ids } = await started();
    expect(await stop()).toMatchObject({ complete: 'unconfirmed', cancelled: [{ action_id: 'a' }] });
    expect(await statusOf('b')).toEqual(['IntentAccepted']);
    await confirm();
    expect(await statusOf('b')).toEqual(['IntentAccepted', 'ActionDenied']);
    expect(found).toEqual([{ missed: ['action-demo:b'], surplus: [] }]);
    expect(ids()).not.toContain('a');
  });
});

describe('an action that the note lacked', () => {
  it('is taken up by the confirmation: the sweep wakes it', async () => {
    await note(['a']);
    const { open, confirm, ids } = await started();
    const woken: string[] = [];
    const sweep = new Sweep(
      open,
      { wake: (_, id) => woken.push(id), hasTimer: () => false },
      { SAFETY_RAILS_SWEEP_S: 0.01 },
      { warn: () => undefined },
    );
    expect(ids()).toEqual(['a']);
    await confirm();
    expect(ids()).toEqual(['a', 'b']);
    sweep.start();
    while (!woken.includes('b')) await new Promise(setImmediate);
    sweep.stop();
  });
});

describe('what the whole log says of actions', () => {
  it('is not said before it was read, and is then', async () => {
    await note(['a']);
    const { work, confirm } = await started();
    expect(work.seen.named('demo', 'agent').size).toBe(1);
    await expect(work.history()).rejects.toMatchObject({ code: 'not-current' });
    await confirm();
    expect((await work.history()).hadAny('demo')).toBe(true);
  });
});
