import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { budgetDayStream } from '@interlock/autonomy';
import type { ConsumeAnswer } from '@interlock/contracts';
import { collect, ProblemError, type EventStore } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { testContext } from '@interlock/testing';
import { start } from '../src/main.js';
import { historyFaults, type Call } from './history.js';
import { startLedger, type Ledger } from './ledger-fixture.js';

const day = '2026-01-28';
let seed = 11;
const chance = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};

let faulty = false;
/** A log that, while `faulty`, now and then loses an append, or its answer. */
const losing = (store: EventStore): EventStore =>
  new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (name === 'append')
        return async (...given: Parameters<EventStore['append']>) => {
          const fate = faulty && given[0].startsWith('budget-') ? chance() : 1;
          const lost = new ProblemError('append-outcome-unknown', 'the answer was lost');
          if (fate < 0.1) throw lost;
          const done = await target.append(...given);
          if (fate < 0.2) throw lost;
          return done;
        };
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });

let ledger: Ledger;
let second: RunningService;
const another = (): Promise<RunningService> => {
  const context = testContext(ledger.parts, 'budget-ledger');
  return start({ ...context, store: losing(context.store) });
};
beforeAll(async () => {
  ledger = await startLedger(losing);
  second = await another();
});
afterAll(async () => {
  await second.stop();
  await ledger.stop();
});

let clock = 0;
const tick = (): number => (clock += 1);

/** What an action's own stream says when it asks. */
const asks = (account: string, action: string): Promise<void> =>
  ledger.says('demo', action, [
    {
      type: 'IntentAccepted',
      data: {
        intent: { account_id: account, action_type: 'x', affected_entity_count: 2, estimated_cost: 0.7 },
      },
    },
    {
      type: 'GatesJudged',
      data: {
        occasion: 'first',
        gates: [],
        consume: { request_id: `consume-${action}`, day, time_zone: 'UTC' },
      },
    },
  ]);

/** Asks until there is an answer, as the orchestrator does. */
const consume = async (account: string, action: string): Promise<Call> => {
  const request_id = `consume-${action}`;
  const invoked = tick();
  for (;;) {
    try {
      const answer: ConsumeAnswer = await ledger.rpc.call(
        'budget-ledger.consume',
        { request_id, tenant_id: 'demo', account_id: account, action_type: 'x', action_id: action, day },
        { deadlineMs: 5000 },
      );
      return { account, action, invoked, returned: tick(), answer };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
};

describe('a budget under 64 consumers, two instances, and a log that loses answers', () => {
  it('is never overspent, and every answer is one that a single user would get', async () => {
    await ledger.call('PUT', '/budget', {
      body: { account_id: 'ran', max_autonomous_per_day: 40, max_amounts_per_day: { cost: 21 } },
    });
    const consumers = Array.from({ length: 64 }, (_, i) => [`ran.${i}`]);
    for (const action of consumers.flat()) await asks('ran', action);
    faulty = true;
    const calls: Call[] = [];
    const work = consumers.map(async (actions) => {
      for (const action of actions) calls.push(await consume('ran', action));
    });
    // One of the two instances dies in the middle, and another takes its place.
    const died = Promise.race(work).then(async () => {
      await second.stop();
      second = await another();
    });
    await Promise.all([...work, died]);
    faulty = false;
    const events = await collect(ledger.parts.log.store.read(budgetDayStream('demo', 'ran', day)));
    expect(historyFaults(events, calls, { limit: 40, cost: 21 })).toEqual([]);
    // 21 of cost hold exactly 30 of 0.7: the sums are exact.
    expect(calls.filter(({ answer }) => answer.consumed)).toHaveLength(30);
    const { body } = await ledger.call('GET', `/budget/state?account_id=ran&date_key=${day}`);
    expect(body).toMatchObject({ count: 30, spent: { cost: 21, compute: 0, entities: 60 } });
  });

  it('bounds what all accounts of a tenant consume together', async () => {
    for (const [account_id, max_autonomous_per_day] of [
      ['_all', 12],
      ['one', 10],
      ['two', 10],
    ] as const)
      expect(
        (await ledger.call('PUT', '/budget', { body: { account_id, max_autonomous_per_day } })).status,
      ).toBe(200);
    const wanted = ['one', 'two'].flatMap((account) =>
      Array.from({ length: 16 }, (_, i) => [account, `${account}.${i}`] as const),
    );
    for (const [account, action] of wanted) await asks(account, action);
    faulty = true;
    const calls = await Promise.all(wanted.map(([account, action]) => consume(account, action)));
    faulty = false;
    const yes = calls.filter(({ answer }) => answer.consumed);
    const count = async (account: string): Promise<unknown> =>
      (await ledger.call('GET', `/budget/state?account_id=${account}&date_key=${day}`)).body['count'];
    expect(calls.find(({ answer }) => !answer.consumed)?.answer.reason).toBe('BUDGET_EXHAUSTED');
    expect(yes.length).toBeGreaterThanOrEqual(10);
    expect(yes.length).toBeLessThanOrEqual(12);
    expect(await count('_all')).toBe(yes.length);
    expect(Number(await count('one')) + Number(await count('two'))).toBe(yes.length);
  });
});

describe('the checker of histories', () => {
  const event = (type: string, action_id: string, revision: bigint) =>
    ({ type, data: { action_id, spend: { cost: 1 } }, revision }) as unknown as Parameters<
      typeof historyFaults
    >[0][number];
  const call = (action: string, invoked: number, returned: number, consumed = true): Call => ({
    account: 'a',
    action,
    invoked,
    returned,
    answer: { consumed } as ConsumeAnswer,
  });
  const allowed = { limit: 1, cost: 10 };

  it('finds an overspent budget, a refusal without cause, a wrong answer, and an order against time', () => {
    const [one, two] = [event('BudgetConsumed', 'a', 0n), event('BudgetConsumed', 'b', 1n)];
    expect(historyFaults([one], [call('a', 1, 2)], allowed)).toEqual([]);
    expect(historyFaults([one, two], [], allowed)).toEqual([
      'b was let through at 1 and 1',
      'overspent at revision 1',
    ]);
    expect(historyFaults([event('BudgetRefused', 'a', 0n)], [], allowed)).toEqual([
      'a was refused at 0 and 0',
    ]);
    expect(historyFaults([one], [call('a', 1, 2, false)], allowed)).toEqual(['a was answered false']);
    expect(historyFaults([one, two], [call('b', 1, 2), call('a', 3, 4)], { limit: 2, cost: 10 })).toEqual([
      'a was made after b was answered, and took effect before it',
    ]);
  });
});
