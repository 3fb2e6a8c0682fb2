import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { failingCell, type FailingCell } from './failing-cell.js';
import { site, type RunningConfig } from './network.js';
import { account, tenant } from './names.js';
import { intentCases } from './pipeline/intents.js';
import { peopleCases } from './pipeline/people.js';
import { World, type View } from './world.js';

/** How long a slow device takes to answer, so that its change is still tentative when stopped. */
const slowMs = 1000;
const names = Array.from({ length: 26 }, (_, i) => `s${String(i + 1).padStart(2, '0')}`);
const crowded = 'c01';
// A foreign lock is waited for as long as a test needs it.
const world = new World({
  devices: [...names.map((name) => site(name)), site(crowded, { neighbourUsers: 262 })],
  environment: { NETCONF_LOCK_WAIT_MS: '120000' },
});
const { network } = world;
/** A failing cell at an unused site. */
const failing = (name = names.shift()!): Promise<FailingCell> => failingCell(world, name);

beforeAll(async () => {
  await world.start();
  await world.provision();
});
afterAll(() => world.end());

// The kill switch is engaged only after these.
describe('an action that nothing stops', () => {
  afterAll(() => world.forgiveFailures());

  peopleCases(world, failing);
  intentCases(world, failing, crowded);
});

type Stopped = {
  readonly view: View;
  readonly before: RunningConfig;
  readonly after: RunningConfig;
  readonly types: readonly string[];
};

/**
 * Approves an action that waits behind one on the same cell. Applies the change and frees the cell,
 * so that the action has its last look. A foreign lock on the device keeps the first action
 * running.
 */
const stoppedBy = async (change: () => Promise<unknown>): Promise<Stopped> => {
  const { cell, device, before } = await failing();
  const held = await world.publish(
    world.intent(cell, { parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
  );
  await world.reaches(held, ['AWAITING_APPROVAL']);
  const first = await world.publish(
    world.intent(cell, { parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
  );
  await world.reaches(first, ['AWAITING_APPROVAL']);
  await network.fault(device, { kind: 'lock_held', target: 'candidate' });
  await world.approve(first, { sub: 'bert' });
  await world.seen(`action-${tenant}:${first}`, 'TurnRequested');
  await world.approve(held, { sub: 'bert' });
  await world.seen(`action-${tenant}:${held}`, 'ReservationAwaited');
  await change();
  // The first action stops at the lock. An operator rolls it back, and the cell is restored.
  await world.call('POST', `/api/v1/autonomous/actions/${first}/cancel`, {}, { sub: 'bert' });
  await network.mend(device);
  const ended = await world.ends(first);
  expect(['CANCELLED', 'ROLLED_BACK']).toContain(ended.state);
  const view = await world.ends(held);
  return { view, before, after: await network.running(device), types: await world.types(held) };
};

describe('between an approval and the execution', () => {
  it('a valid approval leads to the execution: the control', async () => {
    const { view, after, types } = await stoppedBy(() => Promise.resolve());
    expect([view.state, view.reasons]).toEqual(['COMPLETED', []]);
    expect(types.filter((type) => type === 'ExecutionStarted')).toHaveLength(1);
    expect(after[view.entity_id]).toMatchObject({ state: 'LOCKED' });
  });

  describe('a policy is changed to DENY', () => {
    afterEach(() =>
      world.must(
        'PATCH',
        `/api/v1/policies/${tenant}/cell-failover`,
        { decision: 'ALLOW' },
        { sub: 'author' },
      ),
    );

    it('and nothing executes', async () => {
      const { view, before, after, types } = await stoppedBy(() =>
        world.must(
          'PATCH',
          `/api/v1/policies/${tenant}/cell-failover`,
          { decision: 'DENY' },
          { sub: 'author' },
        ),
      );
      expect(view.state).toBe('DENIED');
      expect(types).not.toContain('ExecutionStarted');
      expect(types).toContain('ActionApproved');
      expect(types.at(-1)).not.toBe('ActionCompleted');
      expect(after).toEqual(before);
    });
  });

  describe('the mode is set to DISABLED', () => {
    const mode = (text: string): Promise<unknown> =>
      world.must(
        'PUT',
        '/api/v1/autonomy/config',
        { account_id: account, action_type: 'cell_failover', mode: text, reason: 'a test' },
        { sub: 'author' },
      );
    afterEach(() => mode('AUTO_EXECUTE'));

    it('and nothing executes', async () => {
      const { view, before, after, types } = await stoppedBy(() => mode('DISABLED'));
      expect(view.state).toBe('BLOCKED');
      expect(types).toContain('ActionDenied');
      expect(types).not.toContain('ExecutionStarted');
      expect(after).toEqual(before);
    });
  });

  describe('the kill switch is engaged', () => {
    afterEach(() => world.killSwitch(false));

    it('and nothing executes', async () => {
      const { view, before, after, types } = await stoppedBy(() => world.killSwitch(true));
      expect(view.state).toBe('CANCELLED');
      expect(types).toContain('ActionDenied');
      expect(types).not.toContain('ExecutionStarted');
      expect(after).toEqual(before);
    });
  });
});

describe('three changes that wait for one device', () => {
  const mode = (text: string): Promise<{ readonly effective_by: string }> =>
    world.must(
      'PUT',
      '/api/v1/autonomy/config',
      { account_id: account, action_type: 'cell_failover', mode: text, reason: 'a test' },
      { sub: 'author' },
    );
  afterEach(() => mode('AUTO_EXECUTE'));

  it('never start after the mode was set to DISABLED, however long they wait', async () => {
    const { cell, device } = await failing();
    await world.teach(cell.replace(/1$/, '2'), cell.replace(/1$/, '3'));
    // Each reading of the KPIs is slow, so the first change holds the device until after the mode
    // is set.
    await network.fault(device, { kind: 'latency', ms: slowMs, operation: 'get' });
    const first = await world.publish(world.intent(cell));
    await world.seen(`action-${tenant}:${first}`, 'ExecutionApplied');
    const others: string[] = [];
    for (const n of ['2', '3'])
      others.push(
        await world.publish(
          world.intent(cell.replace(/1$/, n), {
            parameters: {
              power_raise_db: 3,
              cell_individual_offset: 3,
              neighbours: [cell.replace(/1$/, n === '2' ? '3' : '2')],
            },
          }),
        ),
      );
    // One waits for the device's turn, the other for the shared cells.
    for (const id of others)
      await until(
        async () =>
          (await world.events(id)).some(({ type }) => ['TurnRequested', 'ReservationAwaited'].includes(type)),
        'the action waits',
      );
    const { effective_by: effectiveBy } = await mode('DISABLED');
    await network.mend(device);
    expect((await world.ends(first)).state).toMatch(/^(COMPLETED|ROLLED_BACK)$/);
    for (const id of others) {
      const view = await world.ends(id);
      const started = (await world.events(id)).filter(({ type }) => type === 'ExecutionStarted');
      expect([
        view.state,
        started.filter(({ created }) => Date.parse(created) > Date.parse(effectiveBy)),
        started,
      ]).toEqual(['BLOCKED', [], []]);
    }
  });
});

type Receipt = {
  readonly engaged: boolean;
  readonly cancelled: readonly { readonly action_id: string; readonly state: string }[];
  readonly in_flight: readonly { readonly action_id: string; readonly state: string }[];
  readonly time_to_stop_ms: number;
};
const alerts = async (): Promise<
  readonly { readonly name: string; readonly status: string; readonly cause: unknown }[]
> =>
  (
    await world.must<{
      items: readonly { readonly name: string; readonly status: string; readonly cause: unknown }[];
    }>('GET', '/api/v1/alerts')
  ).items;

describe('the kill switch', () => {
  it('stops waiting actions, rolls back those in flight, lists them in a receipt, alerts, and is released by a person', async () => {
    const [waits, flies, later] = [await failing(), await failing(), await failing()];
    const waiting = await world.publish(
      world.intent(waits.cell, { parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
    );
    await world.reaches(waiting, ['AWAITING_APPROVAL']);
    // Each reading of the KPIs is slow, so the change is tentative until after the switch.
    await network.fault(flies.device, { kind: 'latency', ms: slowMs, operation: 'get' });
    const flying = await world.publish(world.intent(flies.cell));
    await until(() => network.tentative(flies.device), 'the change is tentative');

    const receipt = (await world.killSwitch(true, { rollback_in_flight: true })) as unknown as Receipt;
    expect(receipt.engaged).toBe(true);
    expect(receipt.cancelled).toEqual([{ tenant_id: tenant, action_id: waiting, state: 'CANCELLED' }]);
    expect(receipt.in_flight.map(({ action_id: id }) => id)).toEqual([flying]);
    expect(receipt.time_to_stop_ms).toBeGreaterThan(0);
    expect((await world.ends(flying)).state).toBe('ROLLED_BACK');
    expect(await network.running(flies.device)).toEqual(flies.before);
    await network.mend(flies.device);

    const stopped = await world.ends(await world.publish(world.intent(later.cell)));
    expect(stopped).toMatchObject({ state: 'CANCELLED', gates: [{ gate: 'kill_switch', verdict: 'fail' }] });
    expect(await world.must('GET', '/api/v1/autonomous/status')).toMatchObject({
      kill_switch: { engaged: true },
    });
    await until(
      async () => JSON.stringify(await alerts()).includes('kill'),
      'an alert on the kill switch fires',
    );

    expect(
      await world.call('POST', '/api/v1/autonomous/kill-switch', {
        scope: 'tenant',
        engaged: false,
        reason: 'over',
      }),
    ).toMatchObject({ status: 403, body: { code: 'person-required' } });
    expect(await world.killSwitch(false)).toMatchObject({ engaged: false });
    expect((await world.ends(await world.publish(world.intent(later.cell)))).state).not.toBe('CANCELLED');
  });

  it('of global scope needs a token of the system, and stops every tenant', async () => {
    const { cell, device, before } = await failing();
    expect(
      await world.call(
        'POST',
        '/api/v1/autonomous/kill-switch',
        { scope: 'global', engaged: true, reason: 'e2e' },
        { sub: 'anna' },
      ),
    ).toMatchObject({ status: 403, body: { code: 'wrong-tenant' } });
    await world.killSwitch(true, { scope: 'global' });
    expect((await world.ends(await world.publish(world.intent(cell)))).state).toBe('CANCELLED');
    await world.killSwitch(false, { scope: 'global' });
    expect(await network.running(device)).toEqual(before);
  });
});
