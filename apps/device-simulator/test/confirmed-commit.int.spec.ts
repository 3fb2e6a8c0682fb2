import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { classifyError, lockHolder, NetconfRpcError, type NetconfClient } from '@interlock/netconf';
import type { Simulator } from '../src/index.js';
import { device, failure, login, power, setPower, simulate, tagsOf, until } from './parts.js';

let simulator: Simulator;
let client: NetconfClient;
let other: NetconfClient;

beforeEach(async () => {
  simulator = await simulate();
  [client, other] = await Promise.all([login(device(simulator)), login(device(simulator))]);
});
afterEach(async () => {
  client.destroy();
  other.destroy();
  await simulator.stop();
});

describe('a confirmed commit', () => {
  const tentative = async (confirmed: { timeoutS?: number; persist?: string } = {}): Promise<void> => {
    await setPower(client, 420);
    await client.commit({ confirmed });
    expect(power(simulator)).toBe(420);
    expect(simulator.control.tentative('gnb-001')).toBe(true);
  };
  const settled = (value: number): void => {
    expect(simulator.control.tentative('gnb-001')).toBe(false);
    expect(power(simulator)).toBe(value);
  };

  it('stays when its own session confirms', async () => {
    await tentative();
    await client.commit();
    settled(420);
    await client.close();
    settled(420);
  });

  it('stays when another session confirms with the persist-id after the first one has ended', async () => {
    await tentative({ persist: 'p' });
    await client.close();
    expect(simulator.control.tentative('gnb-001')).toBe(true);
    await other.commit({ persistId: 'p' });
    settled(420);
  });

  it('goes back when cancelled by its own session, and by another with the persist-id', async () => {
    await tentative();
    await client.cancelCommit();
    settled(400);
    await tentative({ persist: 'p' });
    await other.cancelCommit('p');
    settled(400);
  });

  it('goes back when its timeout expires', async () => {
    await tentative({ timeoutS: 1, persist: 'p' });
    await until(() => !simulator.control.tentative('gnb-001'));
    settled(400);
    const late = await failure(client.commit({ persistId: 'p' }));
    expect(late).toMatchObject({ errors: [{ tag: 'invalid-value', appTag: 'no-pending-commit' }] });
  });

  it('goes back with its session: closed, cut or killed', async () => {
    for (const end of ['close', 'cut', 'kill'] as const) {
      client.destroy();
      client = await login(device(simulator));
      await tentative();
      if (end === 'close') await client.close();
      else if (end === 'cut') client.destroy();
      else await other.killSession(client.sessionId);
      await until(() => !simulator.control.tentative('gnb-001'));
      settled(400);
    }
  });

  it('with persist survives the end of its session, killed or cut', async () => {
    await tentative({ persist: 'p' });
    await other.killSession(client.sessionId);
    expect(await client.session.ended).toMatchObject({ name: 'NetconfClosedError' });
    expect(simulator.control.tentative('gnb-001')).toBe(true);
    await other.cancelCommit('p');
    settled(400);
  });

  it('is extended by another confirmed commit, and then rolls back both', async () => {
    await tentative({ persist: 'p' });
    await setPower(client, 440);
    await client.commit({ confirmed: { persist: 'q' }, persistId: 'p' });
    expect(power(simulator)).toBe(440);
    expect(tagsOf(await failure(client.cancelCommit('p')))).toEqual(['invalid-value']);
    await client.cancelCommit('q');
    settled(400);
  });

  it('cannot be ended without its persist-id or with a wrong one', async () => {
    await tentative({ persist: 'p' });
    for (const persistId of [undefined, 'wrong']) {
      expect(tagsOf(await failure(client.commit(persistId === undefined ? {} : { persistId })))).toEqual([
        'invalid-value',
      ]);
      expect(tagsOf(await failure(other.cancelCommit(persistId)))).toEqual(['invalid-value']);
    }
    expect(simulator.control.tentative('gnb-001')).toBe(true);
  });

  it('without persist belongs to its session', async () => {
    await tentative();
    expect(tagsOf(await failure(other.commit()))).toEqual(['in-use']);
    expect(tagsOf(await failure(other.cancelCommit()))).toEqual(['in-use']);
    expect(tagsOf(await failure(other.lock('running')))).toEqual(['lock-denied']);
    expect(tagsOf(await failure(client.commit({ persistId: 'p' })))).toEqual(['invalid-value']);
    await client.cancelCommit();
  });

  it('says so when there is nothing to cancel', async () => {
    expect(await failure(client.cancelCommit())).toMatchObject({
      errors: [{ tag: 'operation-failed', appTag: 'no-pending-commit' }],
    });
    expect(await failure(client.cancelCommit('p'))).toMatchObject({
      errors: [{ tag: 'operation-failed', appTag: 'no-pending-commit' }],
    });
  });

  it('goes back even if another session holds the lock', async () => {
    await client.lock('running');
    await tentative({ timeoutS: 1, persist: 'p' });
    await until(() => !simulator.control.tentative('gnb-001'));
    settled(400);
  });

  it('stays if a lock blocks the rollback on a flawed device, though cancel answers ok', async () => {
    simulator.control.fault('gnb-001', { kind: 'lock_blocks_rollback' });
    await client.lock('running');
    await tentative({ persist: 'p' });
    expect((await client.cancelCommit('p')).ok).toBe(true);
    settled(420);
    await client.unlock('running');
    await setPower(client, 400);
    await client.commit();
    await tentative({ persist: 'p' });
    await client.cancelCommit('p');
    settled(400);
  });

  it('is lost at a restart, which restores the old configuration on the same port and with the same key', async () => {
    await tentative({ persist: 'p' });
    await simulator.control.restart('gnb-001');
    settled(400);
    expect(await client.session.ended).toBeDefined();
    const again = await login(device(simulator));
    expect(await failure(again.commit({ persistId: 'p' }))).toMatchObject({
      errors: [{ appTag: 'no-pending-commit' }],
    });
    await setPower(again, 430);
    await again.commit();
    await simulator.control.restart('gnb-001');
    settled(430);
  });

  it.each(['0', '-1', 'soon', '1.5'])('is refused with timeout %s', async (timeout) => {
    await setPower(client, 420);
    expect(
      tagsOf(await failure(client.commit({ confirmed: { timeoutS: timeout as unknown as number } }))),
    ).toEqual(['invalid-value']);
    settled(400);
  });
});

describe('locks', () => {
  it('are refused to a second session, which learns the holder', async () => {
    for (const target of ['running', 'candidate'] as const) {
      await client.lock(target);
      const error = (await failure(other.lock(target))) as NetconfRpcError;
      expect(error.errors.map((one) => [one.tag, lockHolder(one)])).toEqual([
        ['lock-denied', client.sessionId],
      ]);
      expect(classifyError(error)).toBe('retryable');
      await client.unlock(target);
      await other.lock(target);
      await other.unlock(target);
    }
  });

  it('keep others from editing and committing', async () => {
    await client.lock('candidate');
    expect(tagsOf(await failure(setPower(other, 410)))).toEqual(['in-use']);
    expect(tagsOf(await failure(other.commit()))).toEqual(['in-use']);
    expect(tagsOf(await failure(other.discardChanges()))).toEqual(['in-use']);
    expect(tagsOf(await failure(other.copyConfig('candidate', 'running')))).toEqual(['in-use']);
    await client.unlock('candidate');
    await client.lock('running');
    await setPower(other, 410);
    expect(tagsOf(await failure(other.commit()))).toEqual(['in-use']);
    expect(power(simulator)).toBe(400);
  });

  it('are refused on a candidate that another session has changed', async () => {
    await setPower(other, 410);
    expect(tagsOf(await failure(client.lock('candidate')))).toEqual(['lock-denied']);
    await other.discardChanges();
    await client.lock('candidate');
  });

  it('end with their session, and so do the changes under them', async () => {
    await client.lock('running');
    await client.lock('candidate');
    await setPower(client, 410);
    client.destroy();
    await until(() => simulator.control.sessions('gnb-001').length === 1);
    await other.lock('running');
    await other.lock('candidate');
    expect((await other.commit()).ok).toBe(true);
    expect(power(simulator)).toBe(400);
  });

  it('cannot be released by a session that holds none', async () => {
    await client.lock('running');
    expect(tagsOf(await failure(other.unlock('running')))).toEqual(['operation-failed']);
    expect(tagsOf(await failure(client.unlock('candidate')))).toEqual(['operation-failed']);
    expect(tagsOf(await failure(client.lock('startup')))).toEqual(['invalid-value']);
  });
});
