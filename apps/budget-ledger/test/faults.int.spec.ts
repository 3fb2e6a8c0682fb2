import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, type EventStore } from '@interlock/kernel';
import { connectEventStore } from '@interlock/eventstore';
import { startGate, testContext, until, type Gate } from '@interlock/testing';
import { start } from '../src/main.js';
import { asksFor, startLedger, type Ledger } from './ledger-fixture.js';

const day = '2026-01-28';
let ledger: Ledger;
beforeAll(async () => {
  ledger = await startLedger();
});
afterAll(async () => {
  await ledger.stop();
});

const consume = async (account_id: string, action: string, rpc = ledger.rpc) => {
  const action_id = `${account_id}.${action}`;
  await ledger.says('demo', action_id, asksFor(account_id, 'x', `consume-${action_id}`, day));
  return rpc.call(
    'budget-ledger.consume',
    { request_id: `consume-${action_id}`, tenant_id: 'demo', account_id, action_type: 'x', action_id, day },
    { deadlineMs: 120_000 },
  );
};
const budget = (account_id: string, max_autonomous_per_day: number) =>
  ledger.call('PUT', '/budget', { body: { account_id, max_autonomous_per_day } });

describe('several instances', () => {
  it('never overspend a budget together, and answer an action the same whichever is asked', async () => {
    const served = [0, 0];
    const counting = (store: EventStore, at: number): EventStore =>
      new Proxy(store, {
        get: (target, name) => {
          const member: unknown = Reflect.get(target, name);
          if (typeof member !== 'function') return member;
          return (...args: unknown[]) => {
            if (name === 'append' && String(args[0]).startsWith('budget-'))
              served[at] = (served[at] ?? 0) + 1;
            return (member as (...all: unknown[]) => unknown).apply(target, args);
          };
        },
      });
    const context = testContext(ledger.parts, 'budget-ledger');
    const others = await Promise.all(
      [0, 1].map((at) => start({ ...context, store: counting(context.store, at) })),
    );
    try {
      await budget('shared', 10);
      const ids = Array.from({ length: 100 }, (_, i) => `action-${i}`);
      const answers = await Promise.all([...ids, ...ids].map((id) => consume('shared', id)));
      expect(served.every((count) => count > 0)).toBe(true);
      for (const [i] of ids.entries()) expect(answers[i]).toEqual(answers[100 + i]);
      expect(answers.slice(0, 100).filter(({ consumed }) => consumed)).toHaveLength(10);
      const types = (await collect(ledger.parts.log.store.read(`budget-demo:shared:${day}`))).map(
        ({ type }) => type,
      );
      expect([
        types.filter((type) => type === 'BudgetConsumed').length,
        types.filter((type) => type === 'BudgetRefused').length,
      ]).toEqual([10, 90]);
    } finally {
      await Promise.all(others.map((other) => other.stop()));
    }
  });

  it('go on from what stands in the log after a restart', async () => {
    await budget('restarted', 2);
    const [one] = [await consume('restarted', 'one'), await consume('restarted', 'two')];
    await ledger.service.stop();
    const again = await start(testContext(ledger.parts, 'budget-ledger'));
    try {
      expect(await consume('restarted', 'one')).toEqual(one);
      expect((await consume('restarted', 'three')).consumed).toBe(false);
    } finally {
      await again.stop();
    }
  });
});

describe('without the log', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGate(ledger.parts.log.port);
  });
  afterAll(async () => {
    await gate.stop();
  });

  it('answers nothing that it does not know, and goes on when the log is back', async () => {
    const store = await connectEventStore(ledger.parts.log.urlAt(gate.port), { deadlineMs: 2000 });
    const service = await start({ ...testContext(ledger.parts, 'budget-ledger'), store });
    const mode = () =>
      ledger.rpc.call('budget-ledger.mode', { tenant_id: 'demo', account_id: 'a1', action_type: 'x' });
    try {
      expect((await mode()).mode).toBe('APPROVAL_REQUIRED');
      gate.cut();
      await until(
        async () =>
          ((await mode().catch((error: unknown) => error)) as { code?: string }).code === 'not-current',
        'the mode is not current any more',
      );
      await expect(consume('a1', 'cut')).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:log-unavailable|append-outcome-unknown|deadline-exceeded)$/),
      });
      gate.mend();
      await until(async () => (await mode()).mode === 'APPROVAL_REQUIRED', 'the mode is current again');
      expect((await consume('a1', 'cut')).consumed).toBe(false);
    } finally {
      gate.mend();
      await service.stop();
      await store.close();
    }
  });
});
