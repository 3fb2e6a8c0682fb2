import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { kpiNames } from '@interlock/network';
import { startSimulator } from './simulator.js';
import { useWorld } from './use-world.js';
import { World } from './world.js';

const { world, site } = useWorld('s', 30, { more: ['full'] });

describe('the safe change on a real device', () => {
  it('applies, observes, and confirms what the action asks to confirm', async () => {
    const { cell, device } = site();
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, cell);
    expect(await world.apply(gateway, action)).toEqual({ status: 'accepted', tx_id: action.action_id });
    const observed = await world.reaches(gateway, action, 'OBSERVED');
    expect(observed.observation?.breaches).toEqual([]);
    expect(observed.observation?.delta).toHaveProperty('drop_rate_pct');
    expect(observed.diff).toHaveLength(5);
    expect(await world.locked(cell)).toBe(true);
    expect((await world.simulator.running(device)).tentative).toBe(true);
    expect(await world.confirmed(gateway, action)).toMatchObject({ reasons: [] });
    expect((await world.simulator.running(device)).tentative).toBe(false);
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
    const { cell, device } = site();
    const gateway = await world.gateway();
    await world.register(gateway);
    const before = await world.simulator.running(device);
    const action = await world.started(gateway, cell);
    await world.observed(gateway, action);
    await world.confirmed(gateway, action);
    await world.undone(gateway, action);
    expect((await world.simulator.running(device)).config).toBe(before.config);
  });

  it('keeps what was sent to the device and how it was answered, without the secret that would let others confirm', async () => {
    const { cell } = site();
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, cell);
    await world.observed(gateway, action);
    await world.undone(gateway, action);
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
    const before = await world.simulator.running('gnb-full');
    const action = await world.started(gateway, 'full-1');
    await world.apply(gateway, action);
    const { observation } = await world.reaches(gateway, action, 'OBSERVED');
    expect(observation?.breaches.map((breach) => breach.code)).toEqual(
      expect.arrayContaining(['drops', 'neighbour-overloaded']),
    );
    await world.undone(gateway, action);
    expect(await world.simulator.running('gnb-full')).toMatchObject({
      config: before.config,
      tentative: false,
    });
  });

  it('sees KPIs that worsen for no reason that the configuration shows', async () => {
    const { cell, device } = site();
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, cell);
    await world.simulator.fault(device, { kind: 'kpi_worsens', times: 1 });
    await world.apply(gateway, action);
    const { observation } = await world.reaches(gateway, action, 'OBSERVED');
    expect(observation?.breaches.map((breach) => breach.code)).toEqual(
      expect.arrayContaining(['drops', 'latency']),
    );
  });

  it('is taken back at once when the action asks in the middle of the soak', async () => {
    const { cell, device } = site();
    const gateway = await world.gateway({ config: { NETCONF_OBSERVE_MS: 20_000 } });
    await world.register(gateway);
    const before = await world.simulator.running(device);
    const action = await world.started(gateway, cell, { soak_s: 20, confirm_timeout_s: 60 });
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'TENTATIVE');
    await world.undone(gateway, action);
    expect(await world.simulator.running(device)).toMatchObject({ config: before.config, tentative: false });
    expect(await world.journal(action)).not.toContain('KpisObserved');
  });

  it('is not begun by a request that comes long after its deadline', async () => {
    const { cell } = site();
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
    const { cell } = site();
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, cell, { confirm_timeout_s: 12 });
    await world.apply(gateway, action);
    expect(
      (await world.reaches(gateway, action, 'ROLLED_BACK')).reasons.map((reason) => reason.code),
    ).toEqual(['no-decision']);
    expect(await world.locked(cell)).toBe(false);
  });

  it('carries out one transaction at a time on a device, the other by its own plan or not at all', async () => {
    const { cell } = site();
    const other = cell.replace(/1$/, '2');
    const gateway = await world.gateway();
    await world.register(gateway);
    const first = await world.started(gateway, cell);
    const second = await world.started(gateway, other);
    await gateway.takeTurn(world.turnOf(first));
    await gateway.takeTurn(world.turnOf(second));
    await world.observed(gateway, first);
    expect(await gateway.status(second)).toMatchObject({ state: 'QUEUED' });
    await world.confirmed(gateway, first);
    await world.apply(gateway, second);
    expect((await world.reaches(gateway, second, 'REFUSED')).reasons.map((reason) => reason.code)).toEqual([
      'plan-changed',
    ]);
    expect(await world.locked(other)).toBe(false);
  });
});

describe('a repeated request', () => {
  it('is answered with the recorded result, and makes one transaction, however many applies come', async () => {
    const { cell } = site();
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

  it('makes one change when two gateways work on it', async () => {
    const { cell, device } = site();
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
    expect((await world.simulator.running(device)).tentative).toBe(false);
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
  it.each(cases)('is open to %s', async (_what, make) => {
    const { cell, device } = { cell: 's0-1', device: 'gnb-s0' };
    const gateway = await world.gateway();
    await world.register(gateway);
    const before = await world.simulator.running(device);
    const action = await make(world, gateway, cell);
    expect(await gateway.apply(action)).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'side-door' }],
    });
    await expect(gateway.takeTurn(action)).rejects.toMatchObject({ code: 'side-door' });
    expect(await world.journal(action)).toEqual([]);
    expect((await world.simulator.running(device)).config).toBe(before.config);
  });

  it('is open to another plan than the one that was started', async () => {
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, 's0-1', { plan_hash: 'f'.repeat(64) });
    await world.apply(gateway, action);
    expect((await world.reaches(gateway, action, 'REFUSED')).reasons.map((reason) => reason.code)).toEqual([
      'plan-changed',
    ]);
    expect(await world.locked('s0-1')).toBe(false);
  });

  it('is open to a confirm or an undo that the action does not ask for', async () => {
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, 's0-1');
    await expect(gateway.confirm(action)).rejects.toMatchObject({ code: 'side-door' });
    await expect(gateway.undo(action)).rejects.toMatchObject({ code: 'side-door' });
    expect(await world.journal(action)).toEqual([]);
  });

  it('is left open when the undo comes first: the transaction is closed for good', async () => {
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
    const another = `SHA256:${'A'.repeat(43)}`;
    const gateway = await world.gateway({ hostKeys: [another] });
    await world.register(gateway, { host_key_fingerprint: another });
    await expect(
      gateway.plan({ tenant_id: 'demo', action_type: 'cell_failover', entity_id: cell, parameters: {} }),
    ).rejects.toMatchObject({ code: 'host-key-mismatch' });
    const action = await world.started(gateway, cell, { plan_hash: 'x' });
    await world.apply(gateway, action);
    expect((await world.reaches(gateway, action, 'REFUSED')).reasons.map((reason) => reason.code)).toEqual([
      'host-key-mismatch',
    ]);
    expect((await world.simulator.running(device)).sessions).toEqual([]);
  });

  it('makes estimate and plan answer `device-unreachable`', async () => {
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

  it('is refused where the device or the action type is unknown', async () => {
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
      gateway.plan({ tenant_id: 'demo', action_type: 'acme_tune', entity_id: 'nowhere', parameters: {} }),
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
    expect(Object.keys(estimate.state!).sort()).toEqual([...kpiNames].sort());
    expect(estimate.state!['users']).toBeGreaterThan(estimate.users_affected);
  });
  it('reads on one session, however many ask', async () => {
    const gateway = await world.gateway();
    await world.register(gateway);
    await Promise.all(
      Array.from({ length: 10 }, () =>
        gateway.plan({ tenant_id: 'demo', action_type: 'cell_failover', entity_id: 's2-1', parameters: {} }),
      ),
    );
    expect(gateway.sessions.size).toBe(1);
    await world.simulator.dropSessions('gnb-s2');
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
