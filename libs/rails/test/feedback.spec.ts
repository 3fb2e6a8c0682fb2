import { describe, expect, it } from '@jest/globals';
import { given } from '@interlock/kernel';
import {
  feedbackDecider,
  isRequester,
  judgedAction,
  type FeedbackCommand,
  type FeedbackEvent,
} from '../src/index.js';
import { Life } from './life.js';
import { now, observation, tx } from './looks.js';

const give = (over: Partial<FeedbackCommand> = {}): FeedbackCommand => ({
  kind: 'give',
  action_id: 'a-1',
  account_id: 'ran',
  action_type: 'cell_failover',
  affected_entity_count: 3,
  outcome: 'COMPLETED',
  ended_at: now,
  by: 'person:ann',
  by_requester: false,
  verdict: 'bad',
  ...over,
});
const gave = (over: Partial<FeedbackCommand> = {}): FeedbackEvent => {
  const { kind: _kind, ...data } = give(over);
  return { type: 'FeedbackGiven', data };
};

describe('feedback on an action', () => {
  it('is recorded, and a later word of the same person replaces it', () => {
    expect(given(feedbackDecider, []).when(give()).events).toEqual([gave()]);
    const changed = given(feedbackDecider, [gave()]).when(give({ verdict: 'good' }));
    expect(changed.events).toEqual([gave({ verdict: 'good' })]);
    expect(changed.state.map(({ verdict }) => verdict)).toEqual(['good']);
  });

  it('writes nothing where the same person says the same again', () => {
    expect(given(feedbackDecider, [gave()]).when(give()).events).toEqual([]);
    const other = given(feedbackDecider, [gave()]).when(give({ by: 'person:bob' }));
    expect(other.state.map(({ by }) => by)).toEqual(['person:ann', 'person:bob']);
  });

  it('writes a new comment on the same verdict', () => {
    const commented = given(feedbackDecider, [gave()]).when(give({ comment: 'more' }));
    expect(commented.events).toEqual([gave({ comment: 'more' })]);
  });

  it('is taken for an action that was executed and has ended, and for no other', () => {
    const executing = Life.executing();
    expect(judgedAction(executing.state)).toBeNull();
    const good = { observation: observation(-5) };
    for (const status of [tx('TENTATIVE'), tx('OBSERVED', good), tx('CONFIRMED', good)])
      executing.tell({ kind: 'record_transaction', status, now });
    expect(judgedAction(executing.state)).toMatchObject({ outcome: 'COMPLETED', affected_entity_count: 3 });
    expect(judgedAction(new Life().accept().walk({ posture: 'RED' }).state)).toBeNull();
    const dry = new Life()
      .accept({ intent: { dry_run: true } })
      .walk({ intent: { dry_run: true } })
      .plan();
    expect(dry.state.status).toBe('COMPLETED');
    expect(judgedAction(dry.state)).toBeNull();
  });

  it('tells who requested the action from others', () => {
    const { state } = new Life().accept();
    expect(isRequester(state, state.requested_as)).toBe(true);
    expect(isRequester(state, ['person:somebody-else'])).toBe(false);
  });
});
