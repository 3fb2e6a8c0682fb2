import { describe, expect, it } from '@jest/globals';
import {
  collect,
  CommandHandler,
  InMemoryEventStore,
  ProblemError,
  type EventStore,
} from '@interlock/kernel';
import type { Principal } from '@interlock/platform';
import {
  executorDecider,
  initialAction,
  killSwitchDecider,
  type ActionState,
  type AskedExecutor,
  type ListedAction,
} from '@interlock/rails';
import { Executors } from '../src/executors/executors.js';
import { KillSwitchController } from '../src/kill-switch/kill-switch.controller.js';
import { KillSwitchReceipts } from '../src/kill-switch/kill-switch-receipts.js';
import { KillSwitchService, reasonLeftOut, targetOf } from '../src/kill-switch/kill-switch.service.js';
import { isMeant, KillSwitchStops } from '../src/kill-switch/kill-switch-stops.js';
import { KillSwitches, type SwitchedAction } from '../src/kill-switch/kill-switches.js';
import type { Seen } from '../src/intents/seen.js';
import { forgedStops } from './forged-stops.js';
import { unseenStops } from './unseen-stops.js';

const principalOf = (name: string): Principal =>
  ({
    tenant_id: 'demo',
    tenants: ['demo'],
    subject: name,
    person_id: name,
    kind: 'person',
    scopes: [],
    roles: [],
    teams: [],
    actor: { kind: 'person', person_id: name },
    requester: `person:${name}`,
    refused_as: [`person:${name}`],
    people: { seal: (_author: unknown, text: string) => Promise.resolve(`sealed ${text}`) },
  }) as unknown as Principal;
const principal = principalOf('ann');
const open = (action_id: string, over: Partial<ListedAction> = {}): ListedAction => ({
  tenant_id: 'demo',
  action_id,
  action_type: 'cell_failover',
  account_id: 'ran',
  agent: 'bot',
  ended: false,
  resting: false,
  ...over,
});
const on = { scope: 'tenant', engaged: true, reason: 'drill' } as const;
const subject: SwitchedAction = {
  tenant_id: 'demo',
  action_type: 'cell_failover',
  account_id: 'ran',
  agent: 'bot',
};
const nowhere = (): Promise<null> => Promise.resolve(null);

/** An action of which nothing is known but its status. */
const actionIn = (status: 'VALIDATING' | 'CANCELLED' | 'COMPLETED'): ActionState =>
  ({ ...initialAction, status }) as unknown as ActionState;
const backoff = (): Promise<void> => Promise.resolve();

type Setting = {
  readonly actions?: readonly ListedAction[];
  /** The whole log has confirmed the open actions. */
  readonly isConfirmed?: boolean;
  readonly logAway?: boolean;
  readonly executors?: Pick<Executors, 'allAnswered' | 'asked'>;
  readonly people?: 1 | 2;
  readonly unseen?: Seen['unseen'];
  /** How the actions stand when they are looked at again. */
  readonly standing?: () => ActionState;
};
const nobody: Pick<Executors, 'allAnswered' | 'asked'> = {
  asked: () => [],
  allAnswered: (_use, ms) => new Promise((resolve) => setTimeout(resolve, ms, false)),
};
const one: AskedExecutor = { service: 'netconf-gateway', instance: 'n-1', answered: true };
const answering: Pick<Executors, 'allAnswered' | 'asked'> = {
  asked: () => [one],
  allAnswered: () => Promise.resolve(true),
};

const stopsOf = ({ actions = [], logAway = false, isConfirmed = true, standing }: Setting): KillSwitchStops =>
  new KillSwitchStops(
    {
      load: () =>
        Promise.resolve({
          state: (standing ?? (() => actionIn('VALIDATING')))(),
          revision: 0n,
          position: null,
        }),
    },
    {
      list: () => actions,
      isConfirmed,
      current: () =>
        logAway ? Promise.reject(new ProblemError('log-unavailable', 'away')) : Promise.resolve(),
    },
    {
      command: (_tenant, id) => {
        if (id === 'unreachable')
          return Promise.reject(new ProblemError('append-outcome-unknown', 'no answer'));
        return Promise.resolve({
          state: actionIn(id === 'flying' ? 'VALIDATING' : 'CANCELLED'),
          revision: 1n,
          position: null,
          events: [],
          repeated: false,
        });
      },
    },
    { warn: () => undefined },
  );
const instance = (store: EventStore, setting: Setting = {}): KillSwitchService =>
  new KillSwitchService(
    store,
    new CommandHandler(store, killSwitchDecider, { backoff }),
    stopsOf(setting),
    setting.executors ?? answering,
    { KILL_SWITCH_RELEASE_PEOPLE: setting.people ?? 1 },
    { unseen: setting.unseen ?? (() => Promise.resolve([])) },
    { warn: () => undefined },
  );

forgedStops(principal, subject, instance);
unseenStops(principal, instance);

describe('the kill switch', () => {
  it('is engaged although this instance still keeps that it is: another one released it', async () => {
    const store = new InMemoryEventStore();
    const here = instance(store);
    await here.set(principal, on);
    await instance(store).set(principal, { ...on, engaged: false });
    expect(await here.set(principal, on)).toMatchObject({ engaged: true });
    const [head] = (await new KillSwitches(store).read(subject, nowhere)).filter(
      (one) => one.stream === 'kill_switch-demo:tenant',
    );
    expect(head).toMatchObject({ revision: '4', engaged: true });
  });

  it('says of every action what became of it; one that cannot be told keeps none of the others from it', async () => {
    const actions = [
      open('unreachable'),
      open('waiting'),
      open('flying'),
      open('over', { ended: true }),
      open('foreign', { tenant_id: 'other' }),
    ];
    const receipt = await instance(new InMemoryEventStore(), { actions }).set(principal, on);
    expect(receipt).toMatchObject({
      engaged: true,
      complete: true,
      cancelled: [{ action_id: 'waiting', state: 'CANCELLED' }],
      in_flight: [{ action_id: 'flying', state: 'VALIDATING' }],
      not_notified: [{ action_id: 'unreachable', code: 'append-outcome-unknown' }],
    });
  });

  it('is acknowledged by the executors once all have answered, else by time, and records which', async () => {
    const store = new InMemoryEventStore();
    expect(await instance(store).set(principal, { ...on, drill: true })).toMatchObject({
      acknowledged_by: 'executors',
      executors: [one],
      drill: true,
    });
    const late = await instance(new InMemoryEventStore(), { executors: nobody }).set(principal, on);
    expect(late.acknowledged_by).toBe('time');
    expect(late.time_to_stop_ms).toBeGreaterThanOrEqual(2000);
    const events = await collect(store.read('kill_switch-demo:tenant'));
    expect(events.map(({ type }) => type)).toEqual(['KillSwitchEngaged', 'KillSwitchAcknowledged']);
    expect(events[1]!.data).toMatchObject({ acknowledged_by: 'executors', drill: true, executors: [one] });
  });

  it('is released by a second person; a sole operator is not locked out', async () => {
    const store = new InMemoryEventStore();
    const two = instance(store, { people: 2 });
    await two.set(principal, on);
    const over = { ...on, engaged: false };
    for (const _ of [1, 2])
      expect(await two.set(principal, over)).toMatchObject({
        engaged: true,
        release_requested: { by: 'person:ann' },
      });
    expect(await two.set(principalOf('ben'), over)).toMatchObject({
      engaged: false,
      release_requested: null,
    });
    const sole = instance(new InMemoryEventStore(), { people: 1 });
    await sole.set(principal, on);
    expect(await sole.set(principal, over)).toMatchObject({ engaged: false });
  });

  it('stays engaged at the end of a drill that somebody else has stopped for real', async () => {
    const sole = instance(new InMemoryEventStore(), { people: 1 });
    const end = { ...on, engaged: false, drill: true };
    expect(await sole.set(principal, { ...on, drill: true })).toMatchObject({ drill: true });
    expect(await sole.set(principalOf('ben'), on)).toMatchObject({ drill: false });
    await expect(sole.set(principal, end)).rejects.toMatchObject({ code: 'wrong-state' });
    expect(await sole.set(principal, { ...on, drill: true })).toMatchObject({ engaged: true, drill: false });
    expect(await sole.set(principal, { ...on, engaged: false })).toMatchObject({ engaged: false });
    await sole.set(principal, { ...on, drill: true });
    expect(await sole.set(principal, end)).toMatchObject({ engaged: false });
  });

  it.each([
    [{ scope: 'agent', agent: 'bot' }, ['flying', 'waiting']],
    [{ scope: 'agent', agent: 'other' }, []],
    [{ scope: 'account', account_id: 'ran' }, ['flying', 'waiting']],
    [{ scope: 'account', account_id: 'core' }, []],
    [{ scope: 'site', site_id: 'berlin-1' }, []],
  ] as const)('with %o tells %o', async (which, expected) => {
    const store = new InMemoryEventStore();
    const actions = [open('waiting'), open('flying')];
    const receipt = await instance(store, { actions }).set(principal, { ...on, ...which });
    const ids = [...receipt.cancelled, ...receipt.in_flight].map(({ action_id }) => action_id);
    expect(ids.sort()).toEqual(expected);
    const heads = await new KillSwitches(store).read(subject, () => Promise.resolve('berlin-1'));
    const hits = expected.length > 0 || which.scope === 'site';
    expect(heads.filter(({ engaged }) => engaged).length).toBe(hits ? 1 : 0);
  });

  it.each([
    [{ scope: 'agent' }, ['/agent']],
    [{ scope: 'tenant', account_id: 'ran', site_id: 's' }, ['/account_id', '/site_id']],
    [{ scope: 'action_type', agent: 'bot' }, ['/action_type', '/agent']],
  ] as const)('names every fault of %o', (which, pointers) => {
    expect(() => targetOf(principal, { ...on, ...which })).toThrow(
      expect.objectContaining({
        code: 'validation-failed',
        violations: pointers.map((pointer): unknown => expect.objectContaining({ pointer })),
      }) as unknown as Error,
    );
  });

  it('means by everything but the site what its scope names', () => {
    const target = { scope: 'global', tenant_id: null, action_type: null } as const;
    expect(isMeant(target, open('a', { tenant_id: 'other' }))).toBe(true);
    expect(isMeant({ ...target, tenant_id: 'demo' }, open('a', { tenant_id: 'other' }))).toBe(false);
    expect(isMeant({ ...target, action_type: 'x' }, open('a'))).toBe(false);
    expect(isMeant({ ...target, agent: 'bot' }, open('a'))).toBe(true);
    expect(isMeant({ ...target, account_id: 'core' }, open('a'))).toBe(false);
  });

  it('has a receipt that follows what was in flight to its end', async () => {
    const store = new InMemoryEventStore();
    let standing = actionIn('VALIDATING');
    const setting: Setting = { actions: [open('flying')], standing: () => standing };
    const { use_id: id } = await instance(store, setting).set(principal, { ...on, rollback_in_flight: true });
    const switches = new KillSwitches(store);
    await switches.follower.start();
    const receipts = new KillSwitchReceipts(switches, stopsOf(setting));
    const followed = () => receipts.follow('demo', id ?? '', '2026-01-28T10:00:00.000Z');
    expect(await followed()).toMatchObject({
      engaged: true,
      rollback_in_flight: true,
      still_in_flight: 1,
      in_flight: [{ action_id: 'flying', state: 'VALIDATING', ended: false }],
    });
    standing = actionIn('COMPLETED');
    expect(await followed()).toMatchObject({
      still_in_flight: 0,
      in_flight: [{ state_at_receipt: 'VALIDATING', state: 'COMPLETED', ended: true }],
    });
    expect(await receipts.list('demo', true, 10)).toEqual([]);
    expect(await receipts.list('demo', undefined, 10)).toMatchObject([{ use_id: id, in_flight_count: 1 }]);
    expect(receipts.engaged('demo')).toMatchObject([{ use_id: id, scope: 'tenant' }]);
    await expect(receipts.follow('acme', id ?? '', '')).rejects.toMatchObject({ code: 'not-found' });
    await switches.follower.stop();
  });

  it('says so where the log could not be read to its end', async () => {
    expect(
      await instance(new InMemoryEventStore(), { actions: [open('waiting')], logAway: true }).set(
        principal,
        on,
      ),
    ).toMatchObject({ complete: false, cancelled: [{ action_id: 'waiting' }] });
  });

  it('says so where the open actions are those of a note that the whole log has not confirmed', async () => {
    expect(
      await instance(new InMemoryEventStore(), { actions: [open('waiting')], isConfirmed: false }).set(
        principal,
        on,
      ),
    ).toMatchObject({ complete: 'unconfirmed', cancelled: [{ action_id: 'waiting' }] });
  });

  it('holds the reason sealed', async () => {
    const store = new InMemoryEventStore();
    await instance(store).set(principal, on);
    const [event] = await collect(store.read('kill_switch-demo:tenant'));
    expect(event!.data).toMatchObject({ reason: 'sealed drill' });
  });

  const sealedBySystem = `enc:1:0f04891e-901f-43f1-80fa-9cdc0779a64f:${'A'.repeat(80)}`;

  it('of all tenants tells each of them why it was engaged, which a person of the system has sealed', async () => {
    const controller = new KillSwitchController(
      {} as never,
      { all: () => [], isCurrent: () => Promise.resolve(true) } as never,
      { engaged: () => [{ scope: 'global', reason: sealedBySystem }] } as never,
      { load: {} } as never,
      { counts: () => Promise.resolve({ actions: {} }) } as never,
    );
    const people = {
      open: (tenants: readonly string[], texts: Iterable<string>) =>
        Promise.resolve(
          new Map([...texts].map((text) => [text, tenants.includes('_system') ? 'a storm' : '[erased]'])),
        ),
    } as unknown as Principal['people'];
    const { kill_switch: shown } = await controller.status('demo', { people });
    expect(shown.uses).toMatchObject([{ scope: 'global', reason: 'a storm' }]);
  });

  it('that was never engaged is not released, and says so', async () => {
    const store = new InMemoryEventStore();
    await expect(instance(store).set(principal, { ...on, engaged: false })).rejects.toMatchObject({
      code: 'wrong-state',
    });
    expect(await collect(store.read('kill_switch-demo:tenant'))).toEqual([]);
  });

  it('is engaged although its reason cannot be sealed, which is then left out; a release waits for it', async () => {
    const store = new InMemoryEventStore();
    const unsealing = {
      ...principal,
      people: {
        ...principal.people,
        seal: () => Promise.reject(new ProblemError('database-unavailable', 'away')),
      },
    };
    expect(await instance(store).set(unsealing, on)).toMatchObject({ engaged: true });
    await expect(instance(store).set(unsealing, { ...on, engaged: false })).rejects.toMatchObject({
      code: 'database-unavailable',
    });
    const events = await collect(store.read('kill_switch-demo:tenant'));
    expect(events.map(({ type, data }) => [type, (data as { reason?: string }).reason])).toEqual([
      ['KillSwitchEngaged', reasonLeftOut],
      ['KillSwitchAcknowledged', undefined],
    ]);
  });

  it('an event that nobody knows counts as engaged', async () => {
    const store = new InMemoryEventStore();
    await store.append(
      'kill_switch-demo:tenant',
      [{ id: 'x', type: 'KillSwitchPaused', data: {}, metadata: {} as never }],
      'any',
    );
    expect((await new KillSwitches(store).read(subject, nowhere)).some((head) => head.engaged)).toBe(true);
  });
});

describe('the executors that are asked', () => {
  const began = async () => {
    const store = new InMemoryEventStore();
    const executors = new Executors(store, new CommandHandler(store, executorDecider, { backoff }));
    await executors.follower.start();
    return executors;
  };
  const me = { service: 'netconf-gateway', instance: 'n-1' };
  const use = { stream: 'kill_switch-demo:tenant', revision: '3' };

  it('have all answered when the last one has', async () => {
    const executors = await began();
    const other = { service: 'posture', instance: 'p-1' };
    for (const who of [me, other])
      expect(await executors.take({ kind: 'register', ...who })).toEqual({ registered_s: 1800 });
    let done = false;
    const all = executors.allAnswered(use, 60_000).then((answer) => {
      done = true;
      return answer;
    });
    await executors.take({ kind: 'answer', ...me, ...use });
    await executors.follower.confirmCurrent();
    expect(done).toBe(false);
    await executors.take({ kind: 'answer', ...other, ...use });
    expect(await all).toBe(true);
    await executors.follower.stop();
  });

  it('have not where the time is up, or where there is none', async () => {
    const executors = await began();
    expect(await executors.allAnswered(use, 1)).toBe(false);
    await executors.take({ kind: 'register', ...me });
    expect(await executors.allAnswered(use, 1)).toBe(false);
    await executors.take({ kind: 'leave', ...me });
    await executors.follower.confirmCurrent();
    expect(executors.asked(use)).toEqual([]);
    await executors.follower.stop();
  });
});
