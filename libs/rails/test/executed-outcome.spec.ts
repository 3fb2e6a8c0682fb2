import { describe, expect, it } from '@jest/globals';
import { executedOutcome, type ActionState } from '../src/index.js';
import { Life } from './life.js';
import { later, now, observation, tx } from './looks.js';

const ended = (...statuses: Parameters<typeof tx>[]): ActionState => {
  const life = Life.executing();
  for (const status of statuses) life.tell({ kind: 'record_transaction', status: tx(...status), now });
  return life.state;
};
const good = { observation: observation(-5) };
const bad = { observation: observation(3) };

describe('what an ended action says of autonomy', () => {
  it('is good where devices were observed as predicted, and bad where it was rolled back', () => {
    const completed = ended(['TENTATIVE', {}], ['OBSERVED', good], ['CONFIRMED', good]);
    expect(executedOutcome(completed)).toMatchObject({
      outcome: 'COMPLETED',
      counted: 'good',
      automatic: true,
      asked: null,
    });
    const rolledBack = ended(['TENTATIVE', {}], ['OBSERVED', bad], ['ROLLED_BACK', {}]);
    expect(executedOutcome(rolledBack)).toMatchObject({ outcome: 'ROLLED_BACK', counted: 'bad' });
    const failed = ended(['TENTATIVE', {}], ['OBSERVED', bad], ['ROLLBACK_FAILED', {}]);
    expect(executedOutcome(failed)).toMatchObject({ outcome: 'ROLLBACK_FAILED', counted: 'bad' });
  });

  it('counts for nothing where only the handler itself saw it', () => {
    const state = ended(['TENTATIVE', {}], ['OBSERVED', good], ['CONFIRMED', good]);
    if (state.status !== 'COMPLETED' || state.execution === null) throw new Error('it did not complete');
    const byItself: ActionState = { ...state, execution: { ...state.execution, service: 'agent-gateway' } };
    expect(executedOutcome(byItself)).toMatchObject({ counted: 'neutral' });
  });

  it('tells those that people refused, or let expire, as asked about and not approved', () => {
    const asked = (): Life => Life.planned({ posture: 'YELLOW' });
    const rejected = asked();
    rejected.tell({ kind: 'reject', by: 'person:ann', now });
    expect(executedOutcome(rejected.state)).toMatchObject({ counted: 'neutral', asked: 'not_approved' });
    const expired = asked();
    expired.tell({ kind: 'tick', now: later(3600) });
    expect(executedOutcome(expired.state)).toMatchObject({ outcome: 'EXPIRED', asked: 'not_approved' });
  });

  it('is nothing for a dry run, for what was denied, and for what has not ended', () => {
    const dry = new Life()
      .accept({ intent: { dry_run: true } })
      .walk({ intent: { dry_run: true } })
      .plan();
    expect(executedOutcome(dry.state)).toBeNull();
    expect(executedOutcome(new Life().accept().walk({ posture: 'RED' }).state)).toBeNull();
    expect(executedOutcome(Life.executing().state)).toBeNull();
  });
});
