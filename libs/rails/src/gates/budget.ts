import type { ConsumeAnswer } from '@interlock/contracts';
import { atMost, same } from './covering.js';
import { ask, pass, type Gate } from './gate.js';

type Sight = { readonly answer: ConsumeAnswer } | { readonly skipped: 'dry-run' | 'person-decides' };

/** Gate 9: the day's budget has room for one more action. It is consumed, not only looked at. */
export const budgetGate: Gate<ConsumeAnswer, Sight> = {
  see: (answer) => ({ answer }),
  judge: (saw) => {
    if ('skipped' in saw) return pass;
    if (typeof saw.answer.consumed !== 'boolean') throw new TypeError('the ledger says neither yes nor no');
    return saw.answer.consumed
      ? pass
      : ask('approval', {
          code: saw.answer.reason ?? 'BUDGET_EXHAUSTED',
          detail: saw.answer.explanation,
          limit: saw.answer.limit,
          count: saw.answer.count,
        });
  },
  refuse: null,
  content: (saw) =>
    'answer' in saw
      ? { day: saw.answer.day, reason: saw.answer.reason, limit: saw.answer.limit, count: saw.answer.count }
      : {},
  covers: (said, now) =>
    same(said, now, 'day', 'reason') &&
    atMost(now['count'], said['count']) &&
    atMost(said['limit'], now['limit']),
  lookAgain: () => null,
  askAgain: (saw, asked) => ('answer' in saw ? asked.consumed(saw.answer) : []),
  tell: (saw) =>
    'skipped' in saw
      ? [saw.skipped === 'dry-run' ? 'not asked: a dry run uses nothing' : 'not asked: a person decides']
      : [saw.answer.explanation, `day ${saw.answer.day}, revision ${saw.answer.revision}`],
};
