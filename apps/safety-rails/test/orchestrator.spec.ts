import { describe, expect, it } from '@jest/globals';
import { CommandHandler, InMemoryEventStore, ProblemError, testMetadata } from '@interlock/kernel';
import { actionDecider, type ActionState, type Effect, type ActionCommand } from '@interlock/rails';
import { until } from '@interlock/testing';
import { acceptedData, looks } from '@interlock/rails/looks';
import { Orchestrator } from '../src/actions/orchestrator.js';
import { Semaphore } from '../src/actions/semaphore.js';
import { OpenActions } from '../src/actions/open-actions.js';
import { RailsWork } from '../src/rails-work.js';
import { Sweep } from '../src/actions/sweep.js';

type Perform = ConstructorParameters<typeof Orchestrator>[1]['perform'];
type AskedEffect = { readonly effect: Effect; readonly answer: (act: Awaited<ReturnType<Perform>>) => void };
const config = { SAFETY_RAILS_WORKERS: 1, SAFETY_RAILS_WALKS: 2 };
const time = (): string => new Date().toISOString();
const context = (id: string): Parameters<Orchestrator['command']>[3] => ({
  commandId: id,
  tenantId: 'demo',
  actor: { kind: 'person', person_id: 'p' },
  now: time(),
  correlationId: 'a',
  causationId: 'a',
});

/** An orchestrator whose effects are answered by the test. */
const scene = async (
  ids: readonly string[] = ['a'],
): Promise<{
  store: InMemoryEventStore;
  orchestrator: Orchestrator;
  asked: AskedEffect[];
  scheduled: string[];
  other: CommandHandler<never, never, never>;
}> => {
  const store = new InMemoryEventStore();
  for (const id of ids) {
    const data = {
      ...acceptedData({ intent_id: id }),
      action_id: id,
      time: time(),
      first_gate_by: new Date(Date.now() + 300_000).toISOString(),
    };
    await store.append(
      `action-demo:${id}`,
      [{ id: `accepted-${id}`, type: 'IntentAccepted', data, metadata: testMetadata() }],
      'no_stream',
    );
  }
  const asked: AskedEffect[] = [];
  const scheduled: string[] = [];
  const handlerOf = { backoff: () => Promise.resolve() };
  const orchestrator = new Orchestrator(
    new CommandHandler(store, actionDecider, handlerOf),
    {
      perform: (effect) => new Promise((resolve) => asked.push({ effect, answer: resolve })),
    },
    config,
    {
      schedule: (key, due) => {
        scheduled.push(`${key} ${due.toISOString()}`);
        return Promise.resolve();
      },
    },
    { warn: () => undefined },
    { count: () => undefined },
  );
  return {
    store,
    orchestrator,
    asked,
    scheduled,
    other: new CommandHandler(store, actionDecider, handlerOf) as never,
  };
};
const walked = (yellow = true): ActionCommand => ({
  kind: 'record_looks',
  gates: looks(yellow ? { posture: 'YELLOW' } : {}),
  consume: { day: '2026-11-20', time_zone: 'UTC' },
  now: time(),
});
const looked = (yellow = true): Awaited<ReturnType<Perform>> => ({ command: walked(yellow) });
const types = async (store: InMemoryEventStore, id = 'a'): Promise<readonly string[]> => {
  const all: string[] = [];
  for await (const event of store.read(`action-demo:${id}`)) all.push(event.type);
  return all;
};

describe('accepting an intent together with its first gates', () => {
  const accept = (id: string): ActionCommand => ({
    kind: 'accept',
    now: time(),
    ...acceptedData({ intent_id: id }),
    action_id: id,
    time: time(),
    first_gate_by: new Date(Date.now() + 300_000).toISOString(),
  });

  it('asks the gates before anything is in the log, and appends both', async () => {
    const { store, orchestrator, asked } = await scene([]);
    const accepted = orchestrator.accept('demo', 'a', accept('a'), context('c'), true);
    await until(() => asked.length === 1, 'the walk is asked for');
    expect(await types(store)).toEqual([]);
    asked[0]!.answer(looked());
    const { state } = await accepted;
    expect((await types(store)).slice(0, 2)).toEqual(['IntentAccepted', 'GatesJudged']);
    expect(state.gates.kill_switch).toBeDefined();
    await until(() => asked.length === 2, 'what comes next is asked for');
    asked[1]!.answer({ again_ms: 1_000_000 });
    await orchestrator.stop();
  });

  it('appends the acceptance alone where a service does not answer, and then waits for that service', async () => {
    const { store, orchestrator, asked } = await scene([]);
    const command = { kind: 'await_service', service: 's', gate: 'g', detail: 'd', now: time() } as const;
    const accepted = orchestrator.accept('demo', 'a', accept('a'), context('c'), true);
    await until(() => asked.length === 1, 'the walk is asked for');
    asked[0]!.answer({ command });
    await accepted;
    await until(() => asked.length === 2, 'the walk is asked for again');
    asked[1]!.answer({ command });
    await until(async () => (await types(store)).length === 2, 'the wait is recorded');
    expect(await types(store)).toEqual(['IntentAccepted', 'ServiceAwaited']);
    await orchestrator.rested('demo', 'a');
    await orchestrator.stop();
  });

  it('records no gates twice where the same intent came by another instance meanwhile', async () => {
    const { store, orchestrator, asked, other } = await scene([]);
    const command = accept('a');
    const accepted = orchestrator.accept('demo', 'a', command, context('c'), true);
    await until(() => asked.length === 1, 'the walk is asked for');
    await other.handle('action-demo:a', command as never, context('other'));
    asked[0]!.answer(looked());
    expect((await accepted).events).toEqual([]);
    expect(await types(store)).toEqual(['IntentAccepted']);
    await until(() => asked.length === 2, 'the walk is asked for on what is in the log');
    asked[1]!.answer(looked());
    await until(() => asked.length === 3, 'what comes next is asked for');
    expect((await types(store)).filter((type) => type === 'GatesJudged')).toHaveLength(1);
    asked[2]!.answer({ again_ms: 1_000_000 });
    await orchestrator.stop();
  });
});

describe('the runner', () => {
  it('lets a walk that was begun go before walks that were not', async () => {
    const semaphore = new Semaphore(1);
    const order: string[] = [];
    const held = semaphore.run(() => new Promise<void>((resolve) => setImmediate(resolve)));
    await Promise.all([
      held,
      semaphore.run(() => Promise.resolve(void order.push('new'))),
      semaphore.run(() => Promise.resolve(void order.push('begun')), true),
      semaphore.run(() => Promise.resolve(void order.push('begun later')), true),
    ]);
    expect(order).toEqual(['begun', 'begun later', 'new']);
  });

  it('records nothing that was found out for a state that has passed: it is found out anew', async () => {
    const { store, orchestrator, asked, other } = await scene();
    orchestrator.wake('demo', 'a');
    await until(() => asked.length === 1, 'the walk is asked for');
    // Another instance waits for a service meanwhile, so the gates looked at are the earlier ones.
    await other.handle(
      'action-demo:a',
      { kind: 'await_service', service: 's', gate: 'g', detail: 'd', now: time() } as never,
      context('other'),
    );
    asked[0]!.answer(looked());
    await until(() => asked.length === 2, 'the walk is asked for again');
    expect(await types(store)).toEqual(['IntentAccepted', 'ServiceAwaited']);
    asked[1]!.answer(looked());
    await until(async () => (await types(store)).includes('GatesJudged'), 'the second look is recorded');
    asked[2]?.answer({ again_ms: 1_000_000 });
    await orchestrator.stop();
  });

  it('a command is decided on what other instances have written, not on what is kept', async () => {
    const { orchestrator, asked, other } = await scene();
    await orchestrator.command('demo', 'a', { kind: 'tick', now: time() }, context('first'));
    await other.handle('action-demo:a', walked() as never, context('walk'));
    await other.handle(
      'action-demo:a',
      {
        kind: 'record_plan',
        plan: { plan_hash: 'p', diff_hash: 'd', leaves_fingerprint: 'l', violations: [], reversible: true },
        now: time(),
      } as never,
      context('plan'),
    );
    const { state: waiting } = await other.load('action-demo:a');
    const { state } = await orchestrator.command(
      'demo',
      'a',
      {
        kind: 'approve',
        by: 'person:p1',
        digest: (waiting as unknown as ActionState).approval!.digest,
        now: time(),
      },
      context('approve'),
    );
    expect(state).toMatchObject({ status: 'PENDING', yes: { basis: 'approved' } });
    for (const { answer } of asked) answer({ again_ms: 1_000_000 });
    await orchestrator.stop();
  });

  it('stops although somebody woke it once more', async () => {
    const { orchestrator, asked } = await scene();
    orchestrator.wake('demo', 'a');
    await until(() => asked.length === 1, 'it runs');
    orchestrator.wake('demo', 'a');
    const stopped = orchestrator.stop();
    asked[0]!.answer({ again_ms: 1 });
    await stopped;
    expect(orchestrator.load.running).toBe(0);
  });

  it('a device that is slow to be read takes no worker', async () => {
    const { orchestrator, asked } = await scene(['a', 'b']);
    orchestrator.wake('demo', 'a');
    orchestrator.wake('demo', 'b');
    await until(() => asked.length === 2, 'both walk');
    expect(orchestrator.load).toMatchObject({ workers: 1, busy: 0 });
    for (const { answer } of asked.splice(0)) answer(looked());
    await until(
      () => asked.filter(({ effect }) => effect.kind === 'plan').length === 2,
      'both are planned at once',
    );
    expect(orchestrator.load.busy).toBe(0);
    for (const { answer } of asked) answer({ again_ms: 1_000_000 });
    await orchestrator.stop();
  });

  it('stores the timer of a wait once, however often it is woken', async () => {
    const { orchestrator, asked, scheduled, store } = await scene();
    orchestrator.wake('demo', 'a');
    await until(() => asked.length === 1, 'the walk');
    asked[0]!.answer(looked());
    await until(() => asked.length === 2, 'the plan');
    asked[1]!.answer({
      command: {
        kind: 'record_plan',
        plan: {
          plan_hash: 'p',
          diff_hash: 'd',
          leaves_fingerprint: 'l',
          violations: [],
          reversible: true,
        } as never,
        now: time(),
      },
    });
    await until(() => scheduled.length === 1, 'the approval has its timer');
    expect(orchestrator.hasTimer('demo', 'a')).toBe(true);
    orchestrator.wake('demo', 'a');
    await until(() => orchestrator.hasTimer('demo', 'a'), 'it waits again');
    expect(scheduled).toHaveLength(1);
    expect(await types(store)).toContain('ApprovalRequested');
    await orchestrator.stop();
  });

  it('an effect that throws is tried again', async () => {
    let calls = 0;
    const { store } = await scene();
    const orchestrator = new Orchestrator(
      new CommandHandler(store, actionDecider, { backoff: () => Promise.resolve() }),
      {
        perform: () => {
          calls += 1;
          return calls === 1
            ? Promise.reject(new ProblemError('internal-error', 'boom'))
            : Promise.resolve({ again_ms: 1_000_000 });
        },
      },
      config,
      { schedule: () => Promise.resolve() },
      { warn: () => undefined },
      { count: () => undefined },
    );
    orchestrator.wake('demo', 'a');
    await until(() => calls === 2, 'it is tried again');
    await orchestrator.stop();
  });
});

describe('the sweep', () => {
  it('wakes what is open by the log, leaves alone what waits for a person, and goes on where the log was away', async () => {
    const { store, other } = await scene(['a', 'b', 'c']);
    await other.handle('action-demo:b', walked() as never, context('walk-b'));
    await other.handle(
      'action-demo:b',
      {
        kind: 'record_plan',
        plan: { plan_hash: 'p', diff_hash: 'd', leaves_fingerprint: 'l', violations: [], reversible: true },
        now: time(),
      } as never,
      context('plan-b'),
    );
    await other.handle(
      'action-demo:c',
      { kind: 'cancel', by: 'person:p', comment: null, now: time() } as never,
      context('cancel-c'),
    );
    const work = new RailsWork(store);
    const open = new OpenActions(work);
    await work.start();
    expect(open.list()).toMatchObject([
      { action_id: 'a', resting: false, action_type: 'cell_failover' },
      { action_id: 'b', resting: true },
    ]);
    const woken: string[] = [];
    let away = true;
    const sweep = new Sweep(
      {
        list: () => open.list(),
        current: () => (away ? Promise.reject(new ProblemError('log-unavailable', 'away')) : open.current()),
      },
      {
        wake: (_, id) => woken.push(id),
        hasTimer: (_, id) => woken.filter((one) => one === id).length > 0,
      },
      { SAFETY_RAILS_SWEEP_S: 0.01 },
      {
        warn: () => {
          away = false;
        },
      },
    );
    sweep.start();
    await until(() => woken.filter((id) => id === 'a').length > 2, 'it goes round');
    expect(woken.filter((id) => id === 'b')).toHaveLength(1);
    expect(woken).not.toContain('c');
    sweep.stop();
    await work.kill();
  });

  it('an ended action stays open until lease and consumption are returned', async () => {
    const { store } = await scene();
    const work = new RailsWork(store);
    const open = new OpenActions(work);
    await work.start();
    const tell = async (...names: readonly string[]): Promise<void> => {
      await store.append(
        'action-demo:a',
        names.map((type) => ({ id: `${type}-x`, type, data: {}, metadata: testMetadata() })),
        'any',
      );
      await open.current();
    };
    await tell('ReservationRequested');
    await tell('ActionCancelled', 'BudgetGiveBackRequested');
    expect(open.list()).toMatchObject([{ action_id: 'a', ended: true }]);
    await tell('ReservationReleased');
    expect(open.list()).toMatchObject([{ action_id: 'a', ended: true }]);
    await tell('BudgetGivenBack');
    expect(open.list()).toEqual([]);
    await work.kill();
  });
});
