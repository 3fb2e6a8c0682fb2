import { createAccount, createOperator, createUser, fromPublic, fromSeed, type KeyPair } from '@nats-io/jwt';

/** What a key is for, which the first letters of its seed say: `SO`, `SA`, `SU`. */
export type KeyKind = 'operator' | 'account' | 'user';
/** For each user the key that signs its JWTs, and the user's own where the installation keeps its seed. They are replaced together. */
export type Generation = {
  readonly signingOf: (user: string) => KeyPair;
  readonly userOf: (user: string) => KeyPair;
};
/** One account's keys. Its identity names it for good. Users of every generation are let in, oldest first; the last one is issued. */
export type AccountKeys = { readonly identity: KeyPair; readonly generations: readonly Generation[] };
export type BusKeys = { readonly operator: KeyPair; readonly accountOf: (account: string) => AccountKeys };

const makers: { readonly [kind in KeyKind]: () => KeyPair } = {
  operator: createOperator,
  account: createAccount,
  user: createUser,
};
const letters: { readonly [kind in KeyKind]: string } = { operator: 'O', account: 'A', user: 'U' };

/** A new key's seed, as text. */
export const newSeed = (kind: KeyKind): string => new TextDecoder().decode(makers[kind]().getSeed());

/** The key of a seed; `undefined` where the text is none, or one of another kind. */
export const readSeed = (kind: KeyKind, text: string): KeyPair | undefined => {
  try {
    const pair = fromSeed(new TextEncoder().encode(text.trim()));
    // The library derives it anew at every call, which takes milliseconds, and calls it often.
    const publicKey = pair.getPublicKey();
    return publicKey.startsWith(letters[kind])
      ? Object.assign(pair, { getPublicKey: () => publicKey })
      : undefined;
  } catch {
    return undefined;
  }
};

/** True for the public key of a user, its checksum included. */
export const isUserKey = (text: string): boolean => {
  try {
    return fromPublic(text).getPublicKey().startsWith(letters.user);
  } catch {
    return false;
  }
};
