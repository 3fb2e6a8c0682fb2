import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLog, type TestLog } from '@interlock/testing';
import type { GatewayConfig } from '../src/config.js';
import { tell } from './commands.js';
import { spreadAction, standOf, toItsEnd, told, type SpreadAction } from './several-world.js';
import { startSimulator } from './simulator.js';
import { codesOf } from './use-world.js';
import { World } from './world.js';

const world = new World();
const pairs = Array.from({ length: 12 }, (_, n) => `v${n}`);
const triples = Array.from({ length: 4 }, (_, n) => `t${n}`);
let log: TestLog;

beforeAll(async () => {
  log = await startLog();
  world.store = log.store;
  world.simulator = await startSimulator([
    ...pairs.map((name) => `${name}/2`),
    ...triples.map((name) => `${name}/3`),
  ]);
});
afterEach(async () => {
  await world.stop();
});
afterAll(async () => {
  await world.simulator.stop();
  await log.stop();
});

const begin = async (
  count: 2 | 3 = 2,
  over: Parameters<World['started']>[2] = {},
  config: Partial<GatewayConfig> = {},
): Promise<SpreadAction> =>
  spreadAction(world, await world.gateway({ config }), (count === 2 ? pairs : triples).pop()!, count, over);

describe('a change of several devices', () => {
  it.each([2, 3] as const)('is made on all %d of them', async (count) => {
    const begun = await begin(count);
    const { gateway, action } = begun;
    expect(await world.apply(gateway, action)).toMatchObject({ status: 'accepted' });
    const { observation } = await world.reaches(gateway, action, 'OBSERVED');
    // The users of the locked cell are served by the other devices.
    expect(observation?.after['users']).toBeGreaterThan(observation!.before['users']! * 0.6);
    expect(await toItsEnd(begun, gateway)).toMatchObject({ state: 'CONFIRMED' });
    expect(await standOf(begun, gateway)).toBe('new');
  });

  it('names the part of each device in its plan, the cell that fails last', async () => {
    const begun = await begin(3);
    const [a, b, c] = begun.devices;
    const plan = await begun.gateway.plan({
      tenant_id: 'demo',
      action_type: 'cell_failover',
      entity_id: `${begun.site}-1`,
      parameters: {},
    });
    expect(plan.violations).toEqual([]);
    expect(plan.parts?.map(({ device_id }) => device_id)).toEqual([b, c, a]);
    expect(plan.payloads.map(({ device_id }) => device_id)).toEqual([b, c, a]);
    expect(plan.diff).toEqual(plan.parts?.flatMap(({ diff }) => diff));
  });

  it('is tested by every device in the dry run, and changes none', async () => {
    const begun = await begin();
    const asked = {
      tenant_id: 'demo',
      action_type: 'cell_failover',
      entity_id: `${begun.site}-1`,
      parameters: {},
    };
    const { device_validation: valid, rpcs } = await begun.gateway.validate(asked);
    expect(valid).toEqual({ verdict: 'valid', errors: [] });
    expect(rpcs.filter(({ operation }) => operation === 'edit-config')).toHaveLength(2);
    const [, second] = begun.devices;
    await world.simulator.fault(second!, {
      kind: 'rpc_error',
      operation: 'edit-config',
      error_tag: 'invalid-value',
    });
    const { device_validation: invalid } = await begun.gateway.validate(asked);
    expect(invalid).toMatchObject({ verdict: 'invalid', errors: [{ tag: 'invalid-value' }] });
    expect(await standOf(begun, begun.gateway)).toBe('old');
  });

  it('is prepared on every device before the first one is committed', async () => {
    const begun = await begin(3);
    const { gateway, action, devices, before } = begun;
    expect(await world.start(gateway, action)).toMatchObject({ state: 'READY' });
    const operations = (number: number) => world.exchangesOf(action, number);
    for (const [i, id] of devices.entries()) {
      expect((await world.simulator.running(id)).config).toBe(before[i]);
      expect(await world.journal(action, i + 1)).toEqual(['TurnAccepted', 'ChangePrepared', 'TurnTaken']);
      await expect(
        gateway.sessions
          .open(gateway.inventory.find('demo', id)!.address)
          .then((session) => session.lock('candidate').finally(() => session.close())),
      ).rejects.toThrow();
    }
    await gateway.apply(action);
    expect(await toItsEnd(begun, gateway)).toMatchObject({ state: 'CONFIRMED' });
    const committed = (await Promise.all([1, 2, 3].map(operations))).map((all) =>
      all.filter(({ operation }) => operation === 'commit').map(({ at }) => at),
    );
    expect(committed.map(([first]) => first)).toEqual(committed.map(([first]) => first).toSorted());
    for (const commits of committed) expect(commits).toHaveLength(2);
  });

  it('is taken back on all devices, the last one first, where the action asks for it', async () => {
    const begun = await begin();
    const { gateway, action } = begun;
    await world.observed(gateway, action);
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    expect(await world.reaches(gateway, action, 'ROLLED_BACK', 'ROLLBACK_FAILED')).toMatchObject({
      state: 'ROLLED_BACK',
    });
    expect(await standOf(begun, gateway)).toBe('old');
    const cancels = [];
    for (const number of [2, 1])
      cancels.push(
        (await world.exchangesOf(action, number)).find(({ operation }) => operation === 'cancel-commit')?.at,
      );
    expect(cancels).toEqual(cancels.toSorted());
    expect(cancels).not.toContain(undefined);
  });

  it('that is complete is rolled back on all devices', async () => {
    const begun = await begin();
    const { gateway, action } = begun;
    await world.apply(gateway, action);
    await toItsEnd(begun, gateway);
    const plan = await gateway.plan({
      tenant_id: 'demo',
      action_id: action.action_id,
      action_type: 'cell_failover',
      entity_id: 'unused',
      parameters: {},
      undo: true,
    });
    expect(plan.parts).toHaveLength(2);
    await gateway.undo(await world.rollback(action));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect(await standOf(begun, gateway)).toBe('old');
  });

  it('is not begun where one device has no confirmed commit', async () => {
    const site = pairs.pop()!;
    const gateway = await world.gateway();
    const begun = await spreadAction(world, gateway, site, 2, { plan_hash: 'not planned' });
    const [, other] = begun.devices;
    await tell(gateway, other!, {
      kind: 'UpdateDevice',
      device_id: other!,
      changes: { profile: 'ericsson' },
    });
    const { violations, profile } = await gateway.plan({
      tenant_id: 'demo',
      action_type: 'cell_failover',
      entity_id: `${site}-1`,
      parameters: {},
    });
    expect(profile).toBe('ericsson');
    expect(codesOf({ reasons: violations })).toEqual(['profile-unsupported']);
  });
});

describe('where the second device fails', () => {
  const refusal = { kind: 'rpc_error', error_tag: 'invalid-value', error_message: 'not here' };
  it('at the edit, nothing is committed anywhere', async () => {
    const begun = await begin();
    const [first] = begun.devices;
    // The first device in the order of commits is prepared last, and the other way round.
    await world.simulator.fault(first!, { ...refusal, operation: 'edit-config' });
    expect(await world.apply(begun.gateway, begun.action)).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'device-refused' }],
    });
    expect(await world.journal(begun.action, 1)).not.toContain('TentativeCommitRequested');
    expect(await standOf(begun, begun.gateway)).toBe('old');
  });

  it('at the test of the edit, nothing is committed anywhere', async () => {
    const begun = await begin();
    const [, second] = begun.devices;
    await world.simulator.fault(second!, {
      kind: 'rpc_error',
      operation: 'edit-config',
      error_tag: 'operation-failed',
    });
    expect(await world.apply(begun.gateway, begun.action)).toMatchObject({ status: 'refused' });
    expect(await world.journal(begun.action, 2)).not.toContain('TentativeCommitRequested');
    expect(await standOf(begun, begun.gateway)).toBe('old');
  });

  it('at the commit, the first one is taken back', async () => {
    const begun = await begin();
    const { gateway, action, devices } = begun;
    await world.simulator.fault(devices[0]!, { ...refusal, operation: 'commit', times: 1 });
    await world.apply(gateway, action);
    const { state, reasons } = await toItsEnd(begun, gateway);
    expect({ state, codes: codesOf({ reasons }) }).toEqual({ state: 'FAILED', codes: ['device-refused'] });
    expect(await standOf(begun, gateway)).toBe('old');
    expect(await told(begun)).toEqual({ [devices[1]!]: 'ChangeRolledBack', [devices[0]!]: 'ApplyFailed' });
  });

  it('at the confirm, the first one is edited back', async () => {
    const begun = await begin(2, { confirm_timeout_s: 6 }, { NETCONF_RPC_MS: 2000 });
    const { gateway, action, devices } = begun;
    await world.observed(gateway, action);
    await world.simulator.fault(devices[0]!, { ...refusal, operation: 'commit' });
    const { state } = await toItsEnd(begun, gateway);
    expect(state).toBe('ROLLED_BACK');
    expect(await standOf(begun, gateway)).toBe('old');
    expect(await world.journal(action, 1)).toEqual(
      expect.arrayContaining(['ChangeConfirmed', 'InverseEditRequested', 'ChangeRolledBack']),
    );
  });

  it.each([0, 1])(
    'by a restart after its confirmed commit (device %d), the other is taken back',
    async (which) => {
      const begun = await begin();
      const { gateway, action, devices } = begun;
      await world.apply(gateway, action);
      await world.reaches(gateway, action, 'TENTATIVE', 'OBSERVED');
      await world.simulator.restart(devices[which]!);
      const { state } = await toItsEnd(begun, gateway);
      expect(state).toBe('ROLLED_BACK');
      expect(await standOf(begun, gateway)).toBe('old');
      expect(await told(begun)).toEqual({
        [devices[0]!]: 'ChangeRolledBack',
        [devices[1]!]: 'ChangeRolledBack',
      });
    },
  );
});

describe('two changes of the same devices', () => {
  it('take their turns one after the other, and both come to an end', async () => {
    const one = await begin(3);
    const { gateway } = one;
    const other = await world.started(gateway, `${one.site}-2`);
    // Each asks for its turn at the same time, from another end of the site.
    const first = world.apply(gateway, one.action);
    const second = world.start(gateway, other);
    await first;
    const ended = await toItsEnd(one, gateway);
    expect(ended).toMatchObject({ state: 'CONFIRMED', reasons: [] });
    // The second plan was made before the first change, so it no longer holds.
    const { state } = await second;
    if (state === 'READY') await gateway.apply(other);
    expect(codesOf(await world.reaches(gateway, other, 'REFUSED', 'STALE'))).not.toEqual([]);
    expect(await standOf(one, gateway)).toBe('new');
  });
});
