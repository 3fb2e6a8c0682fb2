import { newSeed, readSeed, type BusKeys, type Generation, type KeyKind } from '../src/operator/index.js';

/** Keys that are made where they are missed, and are gone with the test; an account's generations are those that the test names. */
export const memoryKeys = (generationsOf: (account: string) => readonly number[] = () => [1]): BusKeys => {
  const seeds = new Map<string, string>();
  const key = (name: string, kind: KeyKind): BusKeys['operator'] => {
    seeds.set(name, seeds.get(name) ?? newSeed(kind));
    return readSeed(kind, seeds.get(name)!)!;
  };
  const generation = (account: string, n: number): Generation => ({ signingOf: (user) => key(`${account}/${n}/${user}.signing`, 'account'), userOf: (user) => key(`${account}/${n}/${user}`, 'user') });
  return {
    operator: key('operator', 'operator'),
    accountOf: (account) => ({ identity: key(account, 'account'), generations: generationsOf(account).map((n) => generation(account, n)) }),
  };
};
