import type { BusKeys, Generation, KeyKind } from '@interlock/jetstream/operator';

/**
 * Keys of operator mode in memory, created on demand and gone with the test. An account has the
 * generations that the test names.
 */
export const memoryBusKeys = async (
  generationsOf: (account: string) => readonly number[] = () => [1],
): Promise<BusKeys> => {
  const { newSeed, readSeed } = await import('@interlock/jetstream/operator');
  const seeds = new Map<string, string>();
  const key = (name: string, kind: KeyKind): BusKeys['operator'] => {
    seeds.set(name, seeds.get(name) ?? newSeed(kind));
    return readSeed(kind, seeds.get(name)!)!;
  };
  const generation = (account: string, n: number): Generation => ({
    signingOf: (user) => key(`${account}/${n}/${user}.signing`, 'account'),
    userOf: (user) => key(`${account}/${n}/${user}`, 'user'),
  });
  return {
    operator: key('operator', 'operator'),
    accountOf: (account) => ({
      identity: key(account, 'account'),
      generations: generationsOf(account).map((n) => generation(account, n)),
    }),
  };
};
