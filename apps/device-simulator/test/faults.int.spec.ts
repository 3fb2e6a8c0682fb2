import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { classifyError, lockHolder, NetconfRpcError, type NetconfClient } from '@interlock/netconf';
import type { Simulator } from '../src/index.js';
import { device, failure, login, power, setPower, simulate, until } from './parts.js';

describe('a fault on demand', () => {
  let simulator: Simulator;
  let client: NetconfClient;
  beforeEach(async () => {
    simulator = await simulate();
    client = await login(device(simulator));
  });
  afterEach(async () => {
    client.destroy();
    await simulator.stop();
  });

  it('latency delays the answers in order, and only those of the named operation', async () => {
    simulator.control.fault('gnb-001', { kind: 'latency', ms: 60, operation: 'commit', times: 1 });
    expect(await failure(client.commit({}, { timeoutMs: 20 }))).toMatchObject({
      name: 'NetconfTimeoutError',
      sent: true,
    });
    expect((await client.getConfig('running')).name).toBe('data');
    expect((await client.commit()).ok).toBe(true);
    expect(simulator.control.faults('gnb-001')).toEqual([]);
  });

  it('a session dropped after the operation leaves it done, without an answer', async () => {
    simulator.control.fault('gnb-001', {
      kind: 'drop_session',
      operation: 'commit',
      when: 'after',
      times: 1,
    });
    await setPower(client, 410);
    const error = await failure(client.commit({ confirmed: { persist: 'p' } }));
    expect(error).toMatchObject({ name: 'NetconfClosedError', sent: true });
    expect(classifyError(error)).toBe('ambiguous');
    expect(power(simulator)).toBe(410);
    client = await login(device(simulator));
    await client.commit({ persistId: 'p' });
    expect(power(simulator)).toBe(410);
  });

  it('a session dropped before the operation leaves it undone, and looks the same', async () => {
    simulator.control.fault('gnb-001', {
      kind: 'drop_session',
      operation: 'commit',
      when: 'before',
      times: 1,
    });
    await setPower(client, 410);
    expect(await failure(client.commit())).toMatchObject({ name: 'NetconfClosedError', sent: true });
    expect(power(simulator)).toBe(400);
  });

  it('sessions can be dropped at once', async () => {
    simulator.control.dropSessions('gnb-001');
    expect(await client.session.ended).toMatchObject({ name: 'NetconfClosedError' });
    expect(simulator.control.sessions('gnb-001')).toEqual([]);
    client = await login(device(simulator));
    simulator.control.fault('gnb-001', { kind: 'drop_session', times: 1 });
    await client.session.ended;
  });

  it('a lock is held by another session until the fault is cleared', async () => {
    simulator.control.fault('gnb-001', { kind: 'lock_held', target: 'running' });
    const error = (await failure(client.lock('running'))) as NetconfRpcError;
    expect(error.errors.map((one) => [one.tag, lockHolder(one)])).toEqual([['lock-denied', '0']]);
    await setPower(client, 410);
    expect(await failure(client.commit())).toMatchObject({ errors: [{ tag: 'in-use' }] });
    simulator.control.clearFaults('gnb-001');
    expect((await client.lock('running')).ok).toBe(true);
  });

  it('an rpc-error answers one operation the given number of times', async () => {
    simulator.control.fault('gnb-001', {
      kind: 'rpc_error',
      operation: 'edit-config',
      error_tag: 'resource-denied',
      error_message: 'busy',
      times: 2,
    });
    for (let n = 0; n < 2; n += 1)
      expect(await failure(setPower(client, 410))).toMatchObject({
        errors: [{ tag: 'resource-denied', message: 'busy' }],
      });
    await setPower(client, 410);
  });

  it('a commit fails, or answers ok and does nothing', async () => {
    await setPower(client, 410);
    simulator.control.fault('gnb-001', { kind: 'commit_fails', times: 1 });
    expect(await failure(client.commit())).toMatchObject({ errors: [{ tag: 'operation-failed' }] });
    simulator.control.fault('gnb-001', { kind: 'commit_noop', times: 1 });
    expect((await client.commit({ confirmed: { persist: 'p' } })).ok).toBe(true);
    expect(power(simulator)).toBe(400);
    expect(simulator.control.tentative('gnb-001')).toBe(false);
    expect((await client.commit()).ok).toBe(true);
    expect(power(simulator)).toBe(410);
  });

  it('a device hangs while its SSH still answers', async () => {
    simulator.control.fault('gnb-001', { kind: 'hang_after_hello', times: 1 });
    expect(await failure(client.getConfig('running', undefined, { timeoutMs: 20 }))).toMatchObject({
      name: 'NetconfTimeoutError',
      phase: 'rpc',
    });
    const again = await login(device(simulator));
    expect((await again.getConfig('running')).name).toBe('data');
    await again.close();
  });

  it('malformed chunks come instead of a reply, though the operation is done', async () => {
    simulator.control.fault('gnb-001', { kind: 'bad_chunks', operation: 'commit', times: 1 });
    await setPower(client, 410);
    const error = await failure(client.commit());
    expect(error).toMatchObject({ name: 'NetconfFramingError' });
    expect(classifyError(error)).toBe('ambiguous');
    expect(power(simulator)).toBe(410);
    await until(() => simulator.control.sessions('gnb-001').length === 0);
  });

  it('KPIs worsen with a commit, and recover with its rollback or the next one', async () => {
    const drops = (): number => simulator.control.kpis('cell-001-2').drop_rate_pct;
    simulator.control.fault('gnb-001', { kind: 'kpi_worsens', times: 2 });
    await setPower(client, 410);
    expect(drops()).toBeLessThan(1);
    await client.commit({ confirmed: { persist: 'p' } });
    expect(drops()).toBeGreaterThan(10);
    await client.cancelCommit('p');
    expect(drops()).toBeLessThan(1);
    await setPower(client, 410);
    await client.commit({ confirmed: { persist: 'q' } });
    await client.commit({ persistId: 'q' });
    expect(drops()).toBeGreaterThan(10);
    await setPower(client, 400);
    await client.commit();
    expect(drops()).toBeLessThan(1);
  });

  it('on an unknown device or cell is refused', () => {
    expect(() => simulator.control.fault('gnb-999', { kind: 'commit_fails' })).toThrow(/gnb-999/);
    expect(() => simulator.control.degrade('cell-x')).toThrow(/cell-x/);
    expect(() => simulator.control.kpis('cell-x')).toThrow(RangeError);
  });
});
