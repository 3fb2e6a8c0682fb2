import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { startSimulator, type TestSimulator } from './simulator.js';
import { World } from './gateway-fixture.js';

let simulator: TestSimulator;
let world: World;
let sites: string[];

beforeAll(async () => {
  sites = Array.from({ length: 30 }, (_, n) => `s${n}`);
  simulator = await startSimulator([...sites, 'full']);
});
afterAll(async () => {
  await simulator.stop();
});
beforeEach(() => {
  world = new World(simulator);
});
afterEach(async () => {
  await world.stop();
});

/** A site that no test has used yet: devices keep their faults and configuration. */
const fresh = (): { readonly cell: string; readonly device: string } => {
  const name = sites.pop()!;
  return { cell: `${name}-1`, device: `gnb-${name}` };
};

describe('the safe change on a real device', () => {
  it('applies, observes, and confirms what the action asks to confirm', async () => {
    const { cell, device } = fresh();
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, cell);
    expect(await world.apply(gateway, action)).toEqual({ status: 'accepted', tx_id: action.action_id });
    const observed = await world.reaches(gateway, action, 'OBSERVED');
    expect(observed.observation?.breaches).toEqual([]);
    expect(observed.observation?.delta).toHaveProperty('drop_rate_pct');
    expect(observed.diff).toHaveLength(5);
    expect(await world.locked(cell)).toBe(true);
    expect((await simulator.running(device)).tentative).toBe(true);
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    expect(await world.reaches(gateway, action, 'CONFIRMED')).toMatchObject({ reasons: [] });
    expect((await simulator.running(device)).tentative).toBe(false);
    expect(await world.locked(cell)).toBe(true);
    expect(await world.journal(action)).toEqual([
      'TurnAccepted',
      'ChangePrepared',
      'TurnTaken',
      'ApplyAccepted',
      'TentativeCommitRequested',
      'TentativeCommitApplied',
      'KpisObserved',
      'ConfirmRequested',
      'ChangeConfirmed',
    ]);
  });

  it('undoes a confirmed change by its inverse edit', async () => {
    const { cell, device } = fresh();
    const gateway = await world.gateway();
    await world.register(gateway);
    const before = await simulator.running(device);
    const action = await world.started(gateway, cell);
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED');
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    await world.reaches(gateway, action, 'CONFIRMED');
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await simulator.running(device)).config).toBe(before.config);
  });

  it('keeps what was sent to the device and how it was answered, without the secret that would let others confirm', async () => {
    const { cell } = fresh();
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, cell);
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED');
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    const sent = await world.exchanges(action);
    expect(sent.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
      'lock ok',
      'lock ok',
      'edit-config ok',
      'commit ok',
      'unlock ok',
      'unlock ok',
      'cancel-commit ok',
    ]);
    expect(sent[2]!.sent).toContain('<default-operation>merge</default-operation>');
    expect(sent[3]!.sent).toContain('<persist>***</persist>');
    expect(sent[6]!.sent).toContain('<persist-id>***</persist-id>');
  });

  it('says that the neighbours are overloaded, and takes the change back when asked', async () => {
    const gateway = await world.gateway();
    await world.register(gateway);
    const before = await simulator.running('gnb-full');
    const action = await world.started(gateway, 'full-1');
    await world.apply(gateway, action);
    const { observation } = await world.reaches(gateway, action, 'OBSERVED');
    expect(observation?.breaches.map((breach) => breach.code)).toEqual(
      expect.arrayContaining(['drops', 'neighbour-overloaded']),
    );
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect(await simulator.running('gnb-full')).toMatchObject({ config: before.config, tentative: false });
  });

  it('sees KPIs that worsen for no reason that the configuration shows', async () => {
    const { cell, device } = fresh();
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, cell);
    await simulator.fault(device, { kind: 'kpi_worsens', times: 1 });
    await world.apply(gateway, action);
    const { observation } = await world.reaches(gateway, action, 'OBSERVED');
    expect(observation?.breaches.map((breach) => breach.code)).toEqual(
      expect.arrayContaining(['drops', 'latency']),
    );
  });

  it('is taken back at once when the action asks in the middle of the soak', async () => {
    const { cell, device } = fresh();
    const gateway = await world.gateway({ config: { NETCONF_OBSERVE_MS: 20_000 } });
    await world.register(gateway);
    const before = await simulator.running(device);
    const action = await world.started(gateway, cell, { soak_s: 20 });
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'TENTATIVE');
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect(await simulator.running(device)).toMatchObject({ config: before.config, tentative: false });
    expect(await world.journal(action)).not.toContain('KpisObserved');
  });

  it('is not begun by a request that comes long after its deadline', async () => {
    const { cell } = fresh();
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, cell);
    await expect(
      gateway.apply({ ...action, deadline: new Date(Date.now() - 60_000).toISOString() }),
    ).rejects.toMatchObject({ code: 'deadline-exceeded' });
    await expect(
      gateway.takeTurn({ ...world.turnOf(action), deadline: new Date(Date.now() - 60_000).toISOString() }),
    ).rejects.toMatchObject({ code: 'deadline-exceeded' });
    expect(await world.journal(action)).toEqual([]);
  });

  it("takes the change back by itself when nobody decides before the device's timer", async () => {
    const { cell } = fresh();
    const gateway = await world.gateway({ config: { NETCONF_RPC_MS: 1000 } });
    await world.register(gateway);
    const action = await world.started(gateway, cell, { confirm_timeout_s: 4 });
    await world.apply(gateway, action);
    expect(
      (await world.reaches(gateway, action, 'ROLLED_BACK')).reasons.map((reason) => reason.code),
    ).toEqual(['no-decision']);
    expect(await world.locked(cell)).toBe(false);
  });

  it('carries out one transaction at a time on a device, the other by its own plan or not at all', async () => {
    const { cell } = fresh();
    const other = cell.replace(/1$/, '2');
    const gateway = await world.gateway();
    await world.register(gateway);
    const first = await world.started(gateway, cell);
    const second = await world.started(gateway, other);
    await gateway.takeTurn(world.turnOf(first));
    await gateway.takeTurn(world.turnOf(second));
    await world.apply(gateway, first);
    await world.reaches(gateway, first, 'OBSERVED');
    expect(await gateway.status(second)).toMatchObject({ state: 'QUEUED' });
    await gateway.confirm(await world.decide(first, 'ConfirmRequested'));
    await world.reaches(gateway, first, 'CONFIRMED');
    await world.apply(gateway, second);
    expect((await world.reaches(gateway, second, 'REFUSED')).reasons.map((reason) => reason.code)).toEqual([
      'plan-changed',
    ]);
    expect(await world.locked(other)).toBe(false);
  });
});

describe('a queue per device', () => {
  it('is kept across gateways: who comes later waits, however long, and then goes on', async () => {
    const { cell } = fresh();
    const other = cell.replace(/1$/, '2');
    const config = { NETCONF_LOCK_WAIT_MS: 200, NETCONF_SWEEP_MS: 100_000 };
    const [one, two] = [await world.gateway({ config }), await world.gateway({ config })];
    await world.register(one);
    await two.current();
    const first = await world.started(one, cell);
    const second = await world.started(two, other);
    await world.apply(one, first);
    await world.reaches(one, first, 'OBSERVED');
    await two.takeTurn(world.turnOf(second));
    await expect(
      until(async () => (await two.status(second)).state !== 'QUEUED', 'nothing happens', 1000),
    ).rejects.toThrow();
    await one.undo(await world.decide(first, 'UndoRequested'));
    await world.apply(two, second);
    await world.reaches(two, second, 'OBSERVED');
    expect(await world.locked(other)).toBe(true);
    expect(await world.locked(cell)).toBe(false);
  });

  it('makes the undo of a confirmed change wait for the transaction that came between', async () => {
    const { cell, device } = fresh();
    const gateway = await world.gateway({ config: { NETCONF_LOCK_WAIT_MS: 200 } });
    await world.register(gateway);
    const first = await world.started(gateway, cell, {
      parameters: { neighbours: [cell.replace(/1$/, '2')] },
    });
    await world.apply(gateway, first);
    await world.reaches(gateway, first, 'OBSERVED');
    await gateway.confirm(await world.decide(first, 'ConfirmRequested'));
    await world.reaches(gateway, first, 'CONFIRMED');
    const between = await world.started(gateway, cell.replace(/1$/, '3'), {
      parameters: { neighbours: [cell.replace(/1$/, '2')], power_raise_db: 0 },
    });
    await world.apply(gateway, between);
    await world.reaches(gateway, between, 'OBSERVED');
    await gateway.undo(await world.decide(first, 'UndoRequested'));
    await expect(
      until(
        async () =>
          (await world.journal(first)).some(
            (type) => type === 'ChangeRolledBack' || type === 'RollbackFailed',
          ),
        'nothing happens',
        1500,
      ),
    ).rejects.toThrow();
    await gateway.confirm(await world.decide(between, 'ConfirmRequested'));
    await world.reaches(gateway, first, 'ROLLED_BACK');
    expect(await world.locked(cell)).toBe(false);
    expect(await world.locked(cell.replace(/1$/, '3'))).toBe(true);
    expect((await simulator.running(device)).tentative).toBe(false);
  });

  it('never overwrites by the undo of a confirmed change what another has changed since', async () => {
    const { cell, device } = fresh();
    const [second, third] = [cell.replace(/1$/, '2'), cell.replace(/1$/, '3')];
    const gateway = await world.gateway();
    await world.register(gateway);
    const actions = [];
    for (const entity of [cell, third]) {
      const action = await world.started(gateway, entity, { parameters: { neighbours: [second] } });
      actions.push(action);
      await world.apply(gateway, action);
      await world.reaches(gateway, action, 'OBSERVED');
      await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
      await world.reaches(gateway, action, 'CONFIRMED');
    }
    const { config } = await simulator.running(device);
    await gateway.undo(await world.decide(actions[0]!, 'UndoRequested'));
    expect(
      (await world.reaches(gateway, actions[0]!, 'ROLLBACK_FAILED')).reasons.map((reason) => reason.code),
    ).toContain('changed-by-others');
    expect((await simulator.running(device)).config).toBe(config);
    await gateway.current();
    expect(gateway.inventory.find('demo', device)?.quarantined).toBeNull();
  });

  it('lets a transaction that waits be undone at once', async () => {
    const { cell } = fresh();
    const gateway = await world.gateway();
    await world.register(gateway);
    const first = await world.started(gateway, cell);
    const second = await world.started(gateway, cell.replace(/1$/, '2'));
    await world.apply(gateway, first);
    await world.reaches(gateway, first, 'OBSERVED');
    await gateway.takeTurn(world.turnOf(second));
    expect(await gateway.undo(await world.decide(second, 'UndoRequested'))).toMatchObject({
      state: 'REFUSED',
    });
    expect(await world.journal(second)).toEqual(['TurnAccepted', 'ApplyRefused']);
  });
});

describe('what a repeat makes', () => {
  it('is the recorded result: one transaction, whatever number of applies', async () => {
    const { cell } = fresh();
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, cell);
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.apply(gateway, action)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ status: 'accepted', tx_id: action.action_id })]),
    );
    await world.reaches(gateway, action, 'OBSERVED');
    const undo = await world.decide(action, 'UndoRequested');
    await Promise.all(Array.from({ length: 10 }, () => gateway.undo(undo)));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect(
      (await world.journal(action)).filter(
        (type) => type === 'TentativeCommitRequested' || type === 'CancelRequested',
      ),
    ).toEqual(['TentativeCommitRequested', 'CancelRequested']);
    expect(await world.apply(gateway, action)).toEqual({ status: 'accepted', tx_id: action.action_id });
  });

  it('is one change when two gateways work on it', async () => {
    const { cell, device } = fresh();
    const first = await world.gateway();
    const second = await world.gateway();
    await world.register(first);
    const action = await world.started(first, cell);
    await Promise.all([world.apply(first, action), world.apply(second, action)]);
    await world.reaches(first, action, 'OBSERVED');
    const confirm = await world.decide(action, 'ConfirmRequested');
    await Promise.all([first.confirm(confirm), second.confirm(confirm)]);
    await world.reaches(second, action, 'CONFIRMED');
    expect(await world.journal(action)).toEqual([
      'TurnAccepted',
      'ChangePrepared',
      'TurnTaken',
      'ApplyAccepted',
      'TentativeCommitRequested',
      'TentativeCommitApplied',
      'KpisObserved',
      'ConfirmRequested',
      'ChangeConfirmed',
    ]);
    expect((await simulator.running(device)).tentative).toBe(false);
  });
});

describe('no side door', () => {
  const cases: readonly [
    string,
    (
      w: World,
      g: Awaited<ReturnType<World['gateway']>>,
      cell: string,
    ) => Promise<Awaited<ReturnType<World['started']>>>,
  ][] = [
    [
      'an action that is not in the log',
      (w) => Promise.resolve(w.envelope('018f0000-0000-7000-8000-000000000000', 'r')),
    ],
    ['another epoch', async (w, g, cell) => ({ ...(await w.started(g, cell)), epoch: '7.7.7' })],
    ['another request', async (w, g, cell) => ({ ...(await w.started(g, cell)), request_id: 'mine' })],
    ['another tenant', async (w, g, cell) => ({ ...(await w.started(g, cell)), tenant_id: 'other' })],
  ];
  it.each(cases)('is there for %s', async (_what, make) => {
    const { cell, device } = { cell: 's0-1', device: 'gnb-s0' };
    const gateway = await world.gateway();
    await world.register(gateway);
    const before = await simulator.running(device);
    const action = await make(world, gateway, cell);
    expect(await gateway.apply(action)).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'side-door' }],
    });
    await expect(gateway.takeTurn(action)).rejects.toMatchObject({ code: 'side-door' });
    expect(await world.journal(action)).toEqual([]);
    expect((await simulator.running(device)).config).toBe(before.config);
  });

  it('is there for another plan than the one that was started', async () => {
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, 's0-1', { plan_hash: 'f'.repeat(64) });
    await world.apply(gateway, action);
    expect((await world.reaches(gateway, action, 'REFUSED')).reasons.map((reason) => reason.code)).toEqual([
      'plan-changed',
    ]);
    expect(await world.locked('s0-1')).toBe(false);
  });

  it('is there for a confirm or an undo that the action does not ask for', async () => {
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, 's0-1');
    await expect(gateway.confirm(action)).rejects.toMatchObject({ code: 'side-door' });
    await expect(gateway.undo(action)).rejects.toMatchObject({ code: 'side-door' });
    expect(await world.journal(action)).toEqual([]);
  });

  it('closes the transaction for good when the undo comes first', async () => {
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, 's0-1');
    expect(await gateway.undo(await world.decide(action, 'UndoRequested'))).toMatchObject({
      state: 'REFUSED',
    });
    expect(await gateway.takeTurn(world.turnOf(action))).toMatchObject({ state: 'REFUSED' });
    expect(await world.apply(gateway, action)).toMatchObject({ status: 'refused' });
    expect(await world.journal(action)).toEqual(['ApplyRefused']);
  });
});

describe('a device that cannot be believed or reached', () => {
  it('gets nothing, not even a login, when its host key is another', async () => {
    const { cell, device } = { cell: 's1-1', device: 'gnb-s1' };
    const gateway = await world.gateway();
    await world.register(gateway, { host_key_fingerprint: `SHA256:${'A'.repeat(43)}` });
    await expect(
      gateway.plan({ tenant_id: 'demo', action_type: 'cell_failover', entity_id: cell, parameters: {} }),
    ).rejects.toMatchObject({ code: 'host-key-mismatch' });
    const action = await world.started(gateway, cell, { plan_hash: 'x' });
    await world.apply(gateway, action);
    expect((await world.reaches(gateway, action, 'REFUSED')).reasons.map((reason) => reason.code)).toEqual([
      'host-key-mismatch',
    ]);
    expect((await simulator.running(device)).sessions).toEqual([]);
  });

  it('answers device-unreachable to estimate and plan', async () => {
    const gateway = await world.gateway();
    await world.register(gateway);
    const gone = await startSimulator(['gone']);
    const alone = new World(gone);
    const other = await alone.gateway({ config: { NETCONF_CONNECT_MS: 500 } });
    await alone.register(other);
    const action = await alone.started(other, 'gone-1');
    await gone.stop();
    const request = { tenant_id: 'demo', action_type: 'cell_failover', entity_id: 'gone-1', parameters: {} };
    for (const ask of [other.plan(request), other.estimateImpact(request)])
      expect(isProblem(await ask.catch((error: unknown) => error), 'device-unreachable')).toBe(true);
    await alone.apply(other, action);
    expect((await alone.reaches(other, action, 'REFUSED')).reasons.map((reason) => reason.code)).toEqual([
      'device-unreachable',
    ]);
    expect(await alone.journal(action)).toEqual(['TurnAccepted', 'ApplyRefused']);
    await alone.stop();
  });

  it('is not known', async () => {
    const gateway = await world.gateway();
    await expect(
      gateway.estimateImpact({
        tenant_id: 'demo',
        action_type: 'cell_failover',
        entity_id: 'nowhere',
        parameters: {},
      }),
    ).rejects.toMatchObject({ code: 'device-unknown' });
    await expect(
      gateway.plan({ tenant_id: 'demo', action_type: 'qos_tune', entity_id: 'nowhere', parameters: {} }),
    ).rejects.toMatchObject({ code: 'unknown-action-type' });
  });

  it('fails closed for a profile whose safe change is not there', async () => {
    const gateway = await world.gateway();
    await world.register(gateway, { profile: 'ericsson' });
    const plan = await gateway.plan({
      tenant_id: 'demo',
      action_type: 'cell_failover',
      entity_id: 's1-1',
      parameters: {},
    });
    expect(plan.violations.map((violation) => violation.code)).toEqual(['profile-unsupported']);
    const action = await world.started(gateway, 's1-1');
    await world.apply(gateway, action);
    expect((await world.reaches(gateway, action, 'REFUSED')).reasons.map((reason) => reason.code)).toEqual([
      'profile-unsupported',
    ]);
  });
});

describe('estimating', () => {
  it("reads the cells' load and says who is affected", async () => {
    const gateway = await world.gateway();
    await world.register(gateway);
    const estimate = await gateway.estimateImpact({
      tenant_id: 'demo',
      action_type: 'cell_failover',
      entity_id: 's2-1',
      parameters: {},
    });
    expect(estimate).toMatchObject({
      affected_entity_count: 3,
      device_id: 'gnb-s2',
      site_id: 'site-s2',
      neighbours: ['s2-2', 's2-3'],
    });
    expect(estimate.users_affected).toBeGreaterThan(90);
    expect(Object.keys(estimate.latency_increase_ms)).toEqual(['s2-2', 's2-3']);
  });
  it('reads on one session however many ask', async () => {
    const gateway = await world.gateway();
    await world.register(gateway);
    await Promise.all(
      Array.from({ length: 10 }, () =>
        gateway.plan({ tenant_id: 'demo', action_type: 'cell_failover', entity_id: 's2-1', parameters: {} }),
      ),
    );
    expect(gateway.sessions.size).toBe(1);
    await simulator.dropSessions('gnb-s2');
    expect(
      (
        await gateway.plan({
          tenant_id: 'demo',
          action_type: 'cell_failover',
          entity_id: 's2-1',
          parameters: {},
        })
      ).violations,
    ).toEqual([]);
  });
});
