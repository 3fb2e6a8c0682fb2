import { expect, it } from '@jest/globals';
import { inRounds } from '../src/index.js';

/** Work that ends when it is told to, with the number of its round. */
const workOf = (): {
  readonly ask: () => Promise<number>;
  readonly end: (failure?: Error) => Promise<void>;
} => {
  const rounds: ((failure?: Error) => void)[] = [];
  let begun = 0;
  return {
    ask: inRounds(() => {
      begun += 1;
      const own = begun;
      return new Promise((resolve, reject) => {
        rounds.push((failure) => {
          if (failure === undefined) resolve(own);
          else reject(failure);
        });
      });
    }),
    end: async (failure) => {
      while (rounds.length === 0) await Promise.resolve();
      rounds.shift()!(failure);
    },
  };
};

it('serves all earlier requests with one round, and all later ones with the next', async () => {
  const { ask, end } = workOf();
  const before = [ask(), ask(), ask()];
  await Promise.resolve();
  await Promise.resolve();
  const since = [ask(), ask()];
  await end();
  expect(await Promise.all(before)).toEqual([1, 1, 1]);
  await end();
  expect(await Promise.all(since)).toEqual([2, 2]);
  const later = ask();
  await end();
  expect(await later).toBe(3);
});

it('reports a failure only to the requests of its round', async () => {
  const { ask, end } = workOf();
  const first = expect(ask()).rejects.toThrow('away');
  await Promise.resolve();
  await Promise.resolve();
  const second = ask();
  await end(new Error('away'));
  await first;
  await end();
  expect(await second).toBe(2);
});
