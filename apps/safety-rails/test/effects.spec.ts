import { describe, expect, it } from '@jest/globals';
import { CommandHandler, InMemoryEventStore, ProblemError } from '@interlock/kernel';
import { initialAction, leaseDecider, type AcceptedAction, type ActionState } from '@interlock/rails';
import { Effects } from '../src/actions/effects.js';
import { GateLooks } from '../src/gates/gate-looks.js';
import { Reservations } from '../src/actions/reservations.js';
import { acceptedData, plan } from '@interlock/rails/looks';

const now = (): string => new Date().toISOString();
const soon = (): string => new Date(Date.now() + 300_000).toISOString();
const action = (id: string, over: object = {}): AcceptedAction =>
  ({
    ...initialAction,
    status: 'PENDING',
    accepted: { ...acceptedData(), action_id: id },
    accepted_at: now(),
    yes: { basis: 'allow', covered: [], digest_parts: null },
    reservation: {
      status: 'waiting',
      keys: ['entity:c'],
      held_by: [],
      fencing: null,
      expires_at: null,
      wait_expires_at: soon(),
    },
    ...over,
  }) as AcceptedAction;
const leasesOf = (store: InMemoryEventStore): ConstructorParameters<typeof Reservations>[0] =>
  new CommandHandler(store, leaseDecider, { backoff: () => Promise.resolve() });
const reservations = (store: InMemoryEventStore, ended = false): Reservations =>
  new Reservations(
    leasesOf(store),
    {
      load: () =>
        Promise.resolve({
          state: { ...initialAction, ended_at: ended ? now() : null } as ActionState,
          revision: 0n,
          position: null,
        }),
    },
    store,
  );
const effects = (answer: () => unknown): Effects => {
  const rpc = {
    call: () => new Promise((resolve) => resolve(answer())),
  } as never;
  const switches = { known: () => Promise.resolve([]), read: () => Promise.resolve([]) };
  const notified = { current: () => Promise.resolve(), reachOf: () => null, notifyingChannel: () => null };
  return new Effects(
    rpc,
    new GateLooks(rpc, switches, { judged: () => undefined }),
    reservations(new InMemoryEventStore()),
    switches,
    notified,
    { judged: () => undefined },
  );
};
const throws = (code: 'internal-error' | 'service-unreachable') => (): never => {
  throw new ProblemError(code, 'boom');
};

describe('an effect before the execution', () => {
  it.each<readonly [string, () => unknown]>([
    ['throws', throws('internal-error')],
    ['answers nothing', () => null],
    ['answers no plan', () => ({ violations: [] })],
  ])('whose service %s ends the action with the error', async (_, answer) => {
    expect(await effects(answer).perform({ kind: 'plan' }, action('a'))).toMatchObject({
      command: { kind: 'record_gate_error', gate: 'plan' },
    });
  });

  it('whose service is away waits, and a good answer is recorded', async () => {
    expect(await effects(throws('service-unreachable')).perform({ kind: 'plan' }, action('a'))).toMatchObject(
      { command: { kind: 'await_service' } },
    );
    expect(await effects(() => plan()).perform({ kind: 'plan' }, action('a'))).toMatchObject({
      command: { kind: 'record_plan' },
    });
  });
});

describe('what is waited for', () => {
  const away = (code: 'device-unreachable' | 'log-unavailable') =>
    effects(() => {
      throw new ProblemError(code, 'device `gnb-001` did not answer');
    });
  const reserved = action('a', {
    turn: { number: 1, request_id: 'r', status: 'requested', expires_at: soon() },
  });

  it.each([
    ['plan', action('a')],
    ['take_turn', reserved],
  ] as const)('is the gateway where its device does not answer the %s, by name', async (kind, state) => {
    expect(await away('device-unreachable').perform({ kind }, state)).toMatchObject({
      command: {
        kind: 'await_service',
        service: 'netconf-gateway',
        detail: 'device `gnb-001` did not answer',
      },
    });
  });

  it('is the log where that is away', async () => {
    expect(await away('log-unavailable').perform({ kind: 'take_turn' }, reserved)).toMatchObject({
      command: { kind: 'await_service', service: 'log' },
    });
  });
});

describe('an effect with something on the device', () => {
  const confirming = action('a', {
    status: 'VALIDATING',
    confirm: { request_id: 'r' },
    execution: {
      request_id: 'x',
      epoch: '0',
      plan_hash: 'p',
      started_at: now(),
      service: 'netconf-gateway',
      turn: 1,
      tx_id: 'a',
    },
  });

  it('is asked again, and never ends the action', async () => {
    expect(await effects(throws('service-unreachable')).perform({ kind: 'confirm' }, confirming)).toEqual({
      again_ms: 500,
      unanswered: true,
    });
    await expect(effects(throws('internal-error')).perform({ kind: 'confirm' }, confirming)).rejects.toThrow(
      'internal-error',
    );
  });
});

describe('reservations of several instances', () => {
  it('a release by another instance is seen by who waits', async () => {
    const store = new InMemoryEventStore();
    const [here, there] = [reservations(store), reservations(store)];
    await there.reserve(action('holder'));
    expect(await here.reserve(action('waiter'))).toBeNull();
    await there.release(action('holder', { ended_at: now() }));
    expect(await here.reserve(action('waiter'))).toMatchObject({
      kind: 'record_reservation',
      granted: { fencing: '3' },
    });
  });

  it('a release reaches a lease that another instance got', async () => {
    const store = new InMemoryEventStore();
    const [here, there] = [reservations(store), reservations(store)];
    await here.release(action('x', { ended_at: now() }));
    await there.reserve(action('holder'));
    await here.release(action('holder', { ended_at: now() }));
    expect(await here.reserve(action('next'))).toMatchObject({ granted: { fencing: '2' } });
  });

  it('a lease that came after the end of its action is taken from it', async () => {
    const store = new InMemoryEventStore();
    await reservations(store).reserve(action('gone'));
    expect(await reservations(store, false).reserve(action('next'))).toBeNull();
    expect(await reservations(store, true).reserve(action('next'))).toMatchObject({
      granted: { fencing: '3' },
    });
  });
});
