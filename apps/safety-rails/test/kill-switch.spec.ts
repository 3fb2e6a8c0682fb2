import { describe, expect, it } from '@jest/globals';
import { collect, CommandHandler, InMemoryEventStore, ProblemError } from '@interlock/kernel';
import type { Principal } from '@interlock/platform';
import { initialAction, killSwitchDecider, type ActionState } from '@interlock/rails';
import { KillSwitchService, reasonLeftOut } from '../src/kill-switch.service.js';
import { KillSwitches } from '../src/kill-switches.js';
import type { OpenAction } from '../src/open-actions.js';

const principal = {
  tenant_id: 'demo',
  tenants: ['demo'],
  subject: 's',
  person_id: 'p',
  kind: 'person',
  scopes: [],
  teams: [],
  actor: { kind: 'person', person_id: 'p' },
  requester: 'person:p',
  people: { seal: (_author: unknown, text: string) => Promise.resolve(`sealed ${text}`) },
} as unknown as Principal;
const open = (action_id: string, over: Partial<OpenAction> = {}): OpenAction => ({
  tenant_id: 'demo',
  action_id,
  action_type: 'cell_failover',
  ended: false,
  resting: false,
  ...over,
});
const on = { scope: 'tenant', engaged: true, reason: 'drill' } as const;

/** An action of which nothing is known but its status. */
const actionIn = (status: 'VALIDATING' | 'CANCELLED'): ActionState =>
  ({ ...initialAction, status }) as unknown as ActionState;

const instance = (
  store: InMemoryEventStore,
  actions: readonly OpenAction[] = [],
  logAway = false,
): KillSwitchService =>
  new KillSwitchService(
    new CommandHandler(store, killSwitchDecider, { backoff: () => Promise.resolve() }),
    { load: () => Promise.resolve({ state: actionIn('VALIDATING'), revision: 0n, position: null }) },
    {
      list: () => actions,
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

describe('the kill switch', () => {
  it('is engaged although this instance still keeps that it is: another one released it', async () => {
    const store = new InMemoryEventStore();
    const here = instance(store);
    await here.set(principal, on);
    await instance(store).set(principal, { ...on, engaged: false });
    expect(await here.set(principal, on)).toMatchObject({ engaged: true });
    const [head] = (await new KillSwitches(store).read('demo', 'cell_failover')).filter(
      (one) => one.stream === 'kill_switch-demo:tenant',
    );
    expect(head).toMatchObject({ revision: '2', engaged: true });
  });

  it('says of every action what became of it; one that cannot be told keeps none of the others from it', async () => {
    const receipt = await instance(new InMemoryEventStore(), [
      open('unreachable'),
      open('waiting'),
      open('flying'),
      open('over', { ended: true }),
      open('foreign', { tenant_id: 'other' }),
    ]).set(principal, on);
    expect(receipt).toMatchObject({
      engaged: true,
      complete: true,
      cancelled: [{ action_id: 'waiting', state: 'CANCELLED' }],
      in_flight: [{ action_id: 'flying', state: 'VALIDATING' }],
      not_told: [{ action_id: 'unreachable', code: 'append-outcome-unknown' }],
    });
    expect(receipt.time_to_stop_ms).toBeGreaterThanOrEqual(2000);
  });

  it('says so where the log could not be read to its end', async () => {
    expect(
      await instance(new InMemoryEventStore(), [open('waiting')], true).set(principal, on),
    ).toMatchObject({ complete: false, cancelled: [{ action_id: 'waiting' }] });
  });

  it('holds the reason sealed', async () => {
    const store = new InMemoryEventStore();
    await instance(store).set(principal, on);
    const [event] = await collect(store.read('kill_switch-demo:tenant'));
    expect(event!.data).toMatchObject({ reason: 'sealed drill' });
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
    expect(events.map(({ type, data }) => [type, (data as { reason: string }).reason])).toEqual([
      ['KillSwitchEngaged', reasonLeftOut],
    ]);
  });

  it('an event that nobody knows counts as engaged', async () => {
    const store = new InMemoryEventStore();
    await store.append(
      'kill_switch-demo:tenant',
      [{ id: 'x', type: 'KillSwitchPaused', data: {}, metadata: {} as never }],
      'any',
    );
    expect((await new KillSwitches(store).read('demo', 'cell_failover')).some((head) => head.engaged)).toBe(
      true,
    );
  });
});
