import { describe, expect, it } from '@jest/globals';
import { streamName } from '@interlock/contracts';
import { connectNetconf, parseXml } from '@interlock/netconf';
import { until } from '@interlock/testing';
import { otherSession } from './drift-world.js';
import { codesOf, useWorld } from './use-world.js';
import { shortAnswers, tenant } from './world.js';

const { world, site, prepared } = useWorld('f', 40, { config: shortAnswers });

const refusal = (operation: string, tag: string, times = 1) => ({
  kind: 'rpc_error',
  operation,
  error_tag: tag,
  ...(times === Infinity ? {} : { times }),
});

describe('a fault before anything is on the device', () => {
  it.each([
    [
      'the edit is refused',
      { kind: 'rpc_error', operation: 'edit-config', error_tag: 'invalid-value', times: 1 },
      'device-refused',
    ],
    [
      'the commit is refused for good',
      { kind: 'rpc_error', operation: 'commit', error_tag: 'access-denied', times: 1 },
      'device-refused',
    ],
    ['the commit fails', { kind: 'commit_fails', times: 1 }, 'commit-not-applied'],
    ['the commit says ok and does nothing', { kind: 'commit_noop', times: 1 }, 'commit-without-effect'],
    [
      'the session is cut before the commit',
      { kind: 'drop_session', operation: 'commit', when: 'before', times: 1 },
      'commit-not-applied',
    ],
    [
      'the session is cut at the edit',
      { kind: 'drop_session', operation: 'edit-config', when: 'after', times: 1 },
      'edit-unknown',
    ],
    [
      'the edit is answered by bad chunks',
      { kind: 'bad_chunks', operation: 'edit-config', times: 1 },
      'edit-unknown',
    ],
    [
      'the device hangs at the edit',
      { kind: 'hang_after_hello', operation: 'edit-config', times: 1 },
      'edit-unknown',
    ],
  ] as const)('leaves nothing when %s', async (_what, fault, code) => {
    const { gateway, action, device, before } = await prepared();
    await world.simulator.fault(device, fault);
    await world.apply(gateway, action);
    // A commit that was never sent is a refusal, for nothing failed on the device.
    expect(
      (
        await world.reaches(
          gateway,
          action,
          fault.kind.startsWith('commit') || ('operation' in fault && fault.operation === 'commit')
            ? 'FAILED'
            : 'REFUSED',
        )
      ).reasons.map((reason) => reason.code),
    ).toEqual([code]);
    expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
  });

  it('names the wrong difference, and not what the device says to its discard', async () => {
    const { gateway, action, device, before } = await prepared();
    await world.simulator.fault(device, { kind: 'false_candidate', lie: 'adds', times: 1 });
    await world.simulator.fault(device, refusal('discard-changes', 'operation-failed'));
    await world.apply(gateway, action);
    expect(codesOf(await world.reaches(gateway, action, 'REFUSED'))).toEqual(['diff-mismatch']);
    expect((await world.simulator.running(device)).config).toBe(before);
    await (await otherSession(world, device)).lock('candidate');
  });

  it('waits for a lock of another, and is refused when it stays', async () => {
    const { gateway, action, device, before } = await prepared({ config: { NETCONF_LOCK_WAIT_MS: 500 } });
    await world.simulator.fault(device, { kind: 'lock_held', target: 'running' });
    await world.apply(gateway, action);
    expect((await world.reaches(gateway, action, 'REFUSED')).reasons).toMatchObject([
      { code: 'device-busy', detail: expect.stringContaining('stayed locked by session `0`: lock-denied') },
    ]);
    await world.simulator.clearFaults(device);
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('goes on when the lock of another goes away', async () => {
    const { gateway, action, device } = await prepared({ config: { NETCONF_LOCK_WAIT_MS: 10_000 } });
    await world.simulator.fault(device, { kind: 'lock_held', target: 'candidate' });
    await gateway.takeTurn(world.turnOf(action));
    await world.simulator.clearFaults(device);
    await world.observed(gateway, action);
  });

  it('refuses to apply what leaves no time to confirm', async () => {
    const { gateway, action } = await prepared({ over: { soak_s: 5, confirm_timeout_s: 6 } });
    expect(await world.apply(gateway, action)).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'confirm-timer-too-short' }],
    });
  });
});

describe('an answer that is lost', () => {
  it('to the tentative commit is found out by reading: the change is applied, and goes on', async () => {
    const { gateway, action, device, cell } = await prepared();
    await world.simulator.fault(device, {
      kind: 'drop_session',
      operation: 'commit',
      when: 'after',
      times: 1,
    });
    await world.observed(gateway, action);
    expect(await world.locked(cell)).toBe(true);
    await world.confirmed(gateway, action);
    expect((await world.journal(action)).filter((type) => type === 'TentativeCommitRequested')).toHaveLength(
      1,
    );
  });

  it("to the confirm makes the gateway send it again, and read the truth past the device's timer", async () => {
    const { gateway, action, device, cell } = await prepared({ over: { confirm_timeout_s: 4 } });
    await world.observed(gateway, action);
    await world.simulator.fault(device, {
      kind: 'drop_session',
      operation: 'commit',
      when: 'after',
      times: 1,
    });
    await world.confirmed(gateway, action);
    expect(await world.locked(cell)).toBe(true);
    expect((await world.simulator.running(device)).tentative).toBe(false);
  });

  it('to the cancel makes the gateway send it again', async () => {
    const { gateway, action, device, before } = await prepared();
    await world.observed(gateway, action);
    await world.simulator.fault(device, {
      kind: 'drop_session',
      operation: 'cancel-commit',
      when: 'after',
      times: 1,
    });
    await world.undone(gateway, action);
    expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
  });

  it('to a confirm that never arrived makes the gateway send it again', async () => {
    const { gateway, action, device } = await prepared();
    await world.observed(gateway, action);
    await world.simulator.fault(device, {
      kind: 'drop_session',
      operation: 'commit',
      when: 'before',
      times: 1,
    });
    await world.confirmed(gateway, action);
    expect((await world.simulator.running(device)).tentative).toBe(false);
  });
});

describe('an answer that is not true', () => {
  it('to the tentative commit, which the device refuses and applies, is found out by reading', async () => {
    const { gateway, action, device, cell, before } = await prepared();
    await world.simulator.fault(device, { ...refusal('commit', 'invalid-value'), when: 'after' });
    await world.observed(gateway, action);
    expect(await world.locked(cell)).toBe(true);
    await world.undone(gateway, action);
    expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
  });

  it('to the cancel, which the device refuses and carries out, is found out by reading', async () => {
    const { gateway, action, device, before } = await prepared();
    await world.observed(gateway, action);
    await world.simulator.fault(device, { ...refusal('cancel-commit', 'access-denied'), when: 'after' });
    await world.undone(gateway, action);
    expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
  });
});

describe('a device that refuses to end a confirmed commit', () => {
  it('is told to take the change back at once if it refuses to confirm, and its reason is kept', async () => {
    const { gateway, action, device, before } = await prepared();
    await world.observed(gateway, action);
    await world.simulator.fault(device, refusal('commit', 'access-denied'));
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    expect((await world.reaches(gateway, action, 'ROLLED_BACK')).reasons).toMatchObject([
      { code: 'device-refused', detail: expect.stringContaining('refused to confirm: access-denied') },
    ]);
    expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
  });

  it.each(['access-denied', 'in-use'])(
    'has taken the change back itself, once its timer has run out (%s)',
    async (tag) => {
      const { gateway, action, device, before } = await prepared({ over: { confirm_timeout_s: 4 } });
      await world.observed(gateway, action);
      await world.simulator.fault(device, refusal('cancel-commit', tag, Infinity));
      await world.undone(gateway, action);
      expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
    },
  );
});

describe('a device that restarts', () => {
  it('while the change is tentative has its old configuration, and the change is rolled back once that was read', async () => {
    const { gateway, action, device, before } = await prepared({ over: { soak_s: 1 } });
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'TENTATIVE');
    await world.simulator.restart(device);
    expect(
      (await world.reaches(gateway, action, 'ROLLED_BACK')).reasons.map((reason) => reason.code),
    ).toEqual(['change-lost']);
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('after the observation cannot be confirmed, and the outcome says so', async () => {
    const { gateway, action, device } = await prepared({ over: { confirm_timeout_s: 5 } });
    await world.observed(gateway, action);
    await world.simulator.restart(device);
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    expect(
      (await world.reaches(gateway, action, 'ROLLED_BACK')).reasons.map((reason) => reason.code),
    ).toEqual(['change-lost']);
  });
});

describe('a candidate that another has edited', () => {
  const another = async (device: string) => {
    const {
      host,
      port,
      username,
      password,
      host_key_fingerprint: key,
    } = world.simulator.devices.find((one) => one.device_id === device)!;
    return connectNetconf({ host, port, username, credentials: { password }, hostKey: { known: [key] } });
  };
  const theirs = (cell: string) => [
    parseXml(
      `<ran xmlns="urn:interlock:params:xml:ns:yang:ran"><cell><id>${cell.replace(/1$/, '3')}</id><attributes><configuredMaxTxPower>111</configuredMaxTxPower></attributes></cell></ran>`,
    ),
  ];

  it('is never committed by our confirm, which waits until the other has discarded its changes', async () => {
    let waits = false;
    const { gateway, action, device, cell } = await prepared({
      probe: (point) => {
        waits ||= point === 'confirm-waits';
      },
    });
    await world.observed(gateway, action);
    const other = await another(device);
    await other.editConfig({ target: 'candidate', config: theirs(cell) });
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    await until(() => waits, 'the confirm waits');
    expect((await world.simulator.running(device)).tentative).toBe(true);
    await other.discardChanges();
    await world.reaches(gateway, action, 'CONFIRMED');
    expect((await world.simulator.running(device)).config).not.toContain('>111<');
    await other.close();
  });

  it('is waited for before the edit, never discarded', async () => {
    const { gateway, action, device, cell, before } = await prepared({
      config: { NETCONF_LOCK_WAIT_MS: 500 },
    });
    const other = await another(device);
    await other.editConfig({ target: 'candidate', config: theirs(cell) });
    await world.apply(gateway, action);
    expect((await world.reaches(gateway, action, 'REFUSED')).reasons.map((reason) => reason.code)).toEqual([
      'device-busy',
    ]);
    expect((await world.simulator.running(device)).config).toBe(before);
    await other.commit();
    expect((await world.simulator.running(device)).config).toContain('>111<');
    await other.close();
  });
});

describe('taking back', () => {
  it('edits back when the device says that it cancelled and did not', async () => {
    const { gateway, action, device, before } = await prepared();
    await world.observed(gateway, action);
    await world.simulator.fault(device, { kind: 'lock_held', target: 'running' });
    await world.simulator.fault(device, { kind: 'lock_blocks_rollback', times: 1 });
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    await world.simulator.clearFaults(device);
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('puts the device into quarantine when that fails too, and refuses it from then on', async () => {
    const { gateway, action, device, cell } = await prepared({ config: { NETCONF_LOCK_WAIT_MS: 300 } });
    await world.observed(gateway, action);
    await world.simulator.fault(device, { kind: 'lock_held', target: 'running' });
    await world.simulator.fault(device, { kind: 'lock_blocks_rollback', times: 1 });
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    const end = await world.reaches(gateway, action, 'ROLLBACK_FAILED');
    expect(end.reasons.map((reason) => reason.code)).toContain('inverse-edit-failed');
    const { state } = await gateway.devices.load(streamName('device', tenant, device));
    expect(state.quarantined).not.toBeNull();
    await world.simulator.clearFaults(device);
    expect(
      (
        await gateway.plan({
          tenant_id: tenant,
          action_type: 'cell_failover',
          entity_id: cell,
          parameters: {},
        })
      ).violations.map((one) => one.code),
    ).toContain('device-quarantined');
  });

  it('touches nothing when the undo comes before the edit', async () => {
    const { cell, device } = site();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const gateway = await world.gateway({ probe: (point) => (point === 'edited' ? held : undefined) });
    await world.register(gateway);
    const before = await world.simulator.running(device);
    const action = await world.started(gateway, cell);
    await world.apply(gateway, action);
    expect((await gateway.status(action)).state).toBe('PREPARING');
    const undo = await world.decide(action, 'UndoRequested');
    expect(await gateway.undo(undo)).toMatchObject({ state: 'REFUSED' });
    release();
    await gateway.runner.run(tenant, action.action_id);
    expect(await world.journal(action)).not.toContain('TentativeCommitRequested');
    expect(await world.simulator.running(device)).toMatchObject({ config: before.config, tentative: false });
  });
});
