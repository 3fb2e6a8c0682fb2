import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cli } from './cli-home.js';
import { answers, startAnswering, stopAnswering } from './cli-server.js';

beforeAll(startAnswering);
afterAll(stopAnswering);

describe('interlock webhooks test', () => {
  it.each([
    [true, 'delivered: the receiver answered 200', 0],
    [false, 'not delivered: the receiver answered 500', 1],
  ])('says whether the test was taken (%s), and ends with code 1 if not', async (delivered, says, code) => {
    answers.set('POST /api/v1/webhooks/w-1/test', {
      event_id: 'e-1',
      delivered,
      detail: says.split(': ')[1],
    });
    expect(await cli('webhooks', 'test', 'w-1', '-o', 'table')).toMatchObject({
      code,
      stdout: expect.stringContaining(says) as unknown,
    });
  });
});

describe('an empty argument', () => {
  it.each([
    [['webhooks', 'test', ''], '<id>'],
    [['--as', 'ann', 'changes', 'approve', '', '--digest', ''], '<change>'],
  ])('is refused before anything is asked: %j', async (args, name) => {
    expect(await cli(...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`the argument ${name} is empty`) as unknown,
    });
  });
});
