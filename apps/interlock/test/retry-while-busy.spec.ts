import { expect, it } from '@jest/globals';
import { RouteRefused } from '../src/demo/api.js';
import { retryWhileBusy } from '../src/processes/retry-while-busy.js';

const refused = (status: number): Error => new RouteRefused('GET /x', status, '{}');

/** Work that throws these errors in turn, then succeeds. */
const after = (...errors: readonly Error[]) => {
  const left = [...errors];
  let asked = 0;
  return {
    work: (): Promise<void> => {
      asked += 1;
      const error = left.shift();
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    },
    asked: () => asked,
  };
};

it('repeats work only if a service was not ready', async () => {
  const busy = after(refused(503), refused(503));
  await retryWhileBusy(busy.work, { againMs: 1 });
  expect(busy.asked()).toBe(3);
  const wrong = after(refused(409));
  await expect(retryWhileBusy(wrong.work, { againMs: 1 })).rejects.toMatchObject({ status: 409 });
  expect(wrong.asked()).toBe(1);
});

it('repeats work after the errors that its caller names', async () => {
  const held = after(refused(409), refused(409));
  await retryWhileBusy(held.work, { againMs: 1, isPassing: () => true });
  expect(held.asked()).toBe(3);
});

it('ends with the last refusal', async () => {
  await expect(retryWhileBusy(after(refused(503)).work, { ms: 0 })).rejects.toMatchObject({ status: 503 });
});
