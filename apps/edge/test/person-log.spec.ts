import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RecordPersonRequest } from '@interlock/contracts';
import { PersonLog } from '../src/console/person-log.js';

const change = (subject: string): Omit<RecordPersonRequest, 'request_id'> => ({
  person: { subject, tenants: ['acme'] },
  by: null,
  change: { kind: 'end_session', session_id: 's' },
});

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('what the edge tells the log', () => {
  it('keeps a way in shut while the log is away', async () => {
    const log = new PersonLog(() => Promise.reject(new Error('away')));
    await expect(log.opens(change('ann'))).rejects.toThrow('away');
  });

  it('tells ends later, in their order, each with the same id, while the log is away', async () => {
    const tried: RecordPersonRequest[] = [];
    let isAway = true;
    const log = new PersonLog((request) => {
      tried.push(request);
      return isAway ? Promise.reject(new Error('away')) : Promise.resolve({ recorded: [], requested: [] });
    });
    log.ended(change('ann'));
    log.ended(change('bob'));
    await jest.advanceTimersByTimeAsync(2500);
    expect(new Set(tried.map(({ person }) => person.subject))).toEqual(new Set(['ann']));
    expect(new Set(tried.map(({ request_id: id }) => id)).size).toBe(1);
    isAway = false;
    tried.length = 0;
    await jest.advanceTimersByTimeAsync(2500);
    expect(tried.map(({ person }) => person.subject)).toEqual(['ann', 'bob']);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(tried).toHaveLength(2);
  });
});
