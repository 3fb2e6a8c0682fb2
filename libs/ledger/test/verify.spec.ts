import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseVerifier, verifyLog, type Verification, type VerifyOptions } from '../src/index.js';
import { logKey, smallLog, source } from './sealed-log.js';

const log = smallLog();
const verify = (text: string, over: Partial<VerifyOptions> = {}): Promise<Verification> => verifyLog([source(text)], { key: parseVerifier(log.key)!, ...over });

let whole: string;
beforeAll(async () => { whole = await log.export(); });

describe('a sealed export', () => {
  it('is verified with nothing but the key', async () => {
    expect(await verify(whole)).toMatchObject({ verified: true, faults: [], undecided: [], files: [{ origin: 'log.example', size: 30, events: 30, runs: [[0, 30]], positions: { first: '5', last: '92' }, key: log.key }] });
    expect(logKey.name).toBe('log.example');
  });
});
