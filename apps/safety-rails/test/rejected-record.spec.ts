import { describe, expect, it } from '@jest/globals';
import { refusalLimits, type RecordAccessRequest } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { isRefusal, RejectedIntents } from '../src/intents/rejected-intents.js';

/** Refuses an intent, and returns what audit is asked to record. */
const recorded = async (submitter: string, raw: unknown, problem: ProblemError) => {
  const asked: RecordAccessRequest[] = [];
  const rejected = new RejectedIntents(
    { publish: () => Promise.resolve({}) } as never,
    {
      call: (_name: string, request: RecordAccessRequest) => {
        asked.push(request);
        return Promise.resolve({ recorded: true });
      },
    } as never,
    { warn: () => undefined } as never,
  );
  await rejected.publish('demo', raw, problem, { msgId: 'm', submitter });
  expect(asked).toHaveLength(1);
  return asked[0]!;
};
const faulty = new ProblemError('validation-failed', `a\0b${'😀'.repeat(400)}`, {
  violations: Array.from({ length: 30 }, (_, n) => ({
    pointer: `/parameters/${n}`,
    detail: 'must be a string',
  })),
});

describe('the record of a refused intent', () => {
  it('has the id, the reason and the first violations, in text that can be stored', async () => {
    const { intent_id, codes, detail, violations } = await recorded(
      'service:bot',
      { intent_id: 'i-1' },
      faulty,
    );
    expect([intent_id, codes]).toEqual(['i-1', ['validation-failed']]);
    expect(violations).toHaveLength(refusalLimits.violations);
    expect(violations[0]).toEqual({ pointer: '/parameters/0', detail: 'must be a string' });
    // The limit falls into a character, which is left out.
    expect(detail.length).toBe(refusalLimits.detail - 1);
    expect([detail.isWellFormed(), detail.includes('\0')]).toEqual([true, false]);
  });

  it('has no violations of a person, whose values may be private', async () => {
    const { codes, violations } = await recorded('person:5f0c7b1e', { intent_id: 'i-1' }, faulty);
    expect([codes, violations]).toEqual([['validation-failed'], []]);
  });

  it.each([['x'.repeat(129)], ['a\nb'], [''], [7], [undefined]])(
    'has no id if the intent named none that is valid: %j',
    async (intent_id) => {
      expect((await recorded('service:bot', { intent_id }, faulty)).intent_id).toBe(null);
    },
  );
});

describe('a problem', () => {
  it.each(['validation-failed', 'intent-conflict', 'wrong-agent'] as const)('%s refuses the intent', (code) =>
    expect(isRefusal(new ProblemError(code, 'x'))).toBe(true),
  );
  it.each(['overloaded', 'not-current', 'log-unavailable', 'append-outcome-unknown'] as const)(
    '%s leaves open whether the intent is accepted',
    (code) => expect(isRefusal(new ProblemError(code, 'x'))).toBe(false),
  );
  it('is no error of another kind', () => expect(isRefusal(new Error('x'))).toBe(false));
});
