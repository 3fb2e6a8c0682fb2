import { createPrivateKey, sign } from 'node:crypto';
import { createAccount, createOperator, createUser, fromPublic, fromSeed, type KeyPair } from '@nats-io/jwt';

/** The kind of a key, shown by the first letters of its seed: `SO`, `SA`, `SU`. */
export type KeyKind = 'operator' | 'account' | 'user';
/**
 * For each user, the key that signs its JWTs, and the user's own key if the installation keeps its
 * seed. They are replaced together.
 */
export type Generation = {
  readonly signingOf: (user: string) => KeyPair;
  readonly userOf: (user: string) => KeyPair;
};
/**
 * One account's keys. Its identity names it for good. Users of every generation are admitted,
 * oldest first; the last one is issued.
 */
export type AccountKeys = { readonly identity: KeyPair; readonly generations: readonly Generation[] };
export type BusKeys = { readonly operator: KeyPair; readonly accountOf: (account: string) => AccountKeys };

const makers: { readonly [kind in KeyKind]: () => KeyPair } = {
  operator: createOperator,
  account: createAccount,
  user: createUser,
};
/** The prefix of the 32 bytes of a seed in PKCS #8 (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
/** Every key of the library with a seed can return it, although its types do not say so. */
type WithRawSeed = { getRawSeed(): Uint8Array };
const letters: { readonly [kind in KeyKind]: string } = { operator: 'O', account: 'A', user: 'U' };

/** A new key's seed, as text. */
export const newSeed = (kind: KeyKind): string => new TextDecoder().decode(makers[kind]().getSeed());

/** The key of a seed; `undefined` if the text is not a seed of this kind. */
export const readSeed = (kind: KeyKind, text: string): KeyPair | undefined => {
  try {
    const pair = fromSeed(new TextEncoder().encode(text.trim())) as KeyPair & WithRawSeed;
    // The library derives it again at every call and for every signature, in JavaScript, which
    // takes milliseconds.
    const publicKey = pair.getPublicKey();
    const key = createPrivateKey({
      key: Buffer.concat([pkcs8Prefix, pair.getRawSeed()]),
      format: 'der',
      type: 'pkcs8',
    });
    return publicKey.startsWith(letters[kind])
      ? Object.assign(pair, {
          getPublicKey: () => publicKey,
          sign: (input: Uint8Array): Uint8Array => new Uint8Array(sign(null, input, key)),
        })
      : undefined;
  } catch {
    return undefined;
  }
};

/** True for the public key of a user with a valid checksum. */
export const isUserKey = (text: string): boolean => {
  try {
    return fromPublic(text).getPublicKey().startsWith(letters.user);
  } catch {
    return false;
  }
};
