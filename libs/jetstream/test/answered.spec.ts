import { describe, expect, it } from '@jest/globals';
import { ErrorCode, NatsError } from 'nats';
import { answered } from '../src/connection/answered.js';

const late = (): NatsError => NatsError.errorForCode(ErrorCode.Timeout);
const wait = (): Promise<void> => Promise.resolve();
/** Throws each of these, then answers. */
const asking = (...faults: readonly Error[]) => {
  const left = [...faults];
  const asked: number[] = [];
  return {
    asked,
    ask: (): Promise<string> => {
      asked.push(left.length);
      const fault = left.shift();
      return fault === undefined ? Promise.resolve('there') : Promise.reject(fault);
    },
  };
};

describe('a question to JetStream', () => {
  it('is asked again where no answer came, nobody was there, or nothing could be done just now', async () => {
    const busy = new NatsError('busy', '503');
    busy.api_error = { code: 503, err_code: 10_008, description: 'temporarily unavailable' };
    const alone = new NatsError('no suitable peers for placement', '400');
    alone.api_error = { code: 400, err_code: 10_005, description: 'no suitable peers for placement' };
    const { ask, asked } = asking(late(), NatsError.errorForCode(ErrorCode.NoResponders), busy, alone);
    expect(await answered(ask, { wait })).toBe('there');
    expect(asked).toHaveLength(5);
  });

  it('is asked once where it was answered, also by a refusal', async () => {
    const { ask, asked } = asking();
    expect([await answered(ask, { wait }), asked.length]).toEqual(['there', 1]);
    for (const fault of [new NatsError('gone', '404'), new Error('another')]) {
      const refused = asking(fault);
      await expect(answered(refused.ask, { wait })).rejects.toBe(fault);
      expect(refused.asked).toHaveLength(1);
    }
  });

  it('is given up with its last fault when its time is over', async () => {
    const faults = [late(), late()];
    const over = asking(...faults);
    await expect(answered(over.ask, { timeout: 0, wait })).rejects.toBe(faults[0]);
    expect(over.asked).toHaveLength(1);
  });
});
