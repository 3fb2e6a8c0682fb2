import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { fromPublic, fromSeed, type KeyPair } from '@nats-io/jwt';

/**
 * Ed25519 of Node's own for nkeys. The library's is written in JavaScript, takes milliseconds for each signature, and derives the key anew for each:
 * that was most of what `interlock bus accounts` did.
 */

/** An nkey is base32 of one byte for its kind (two in a seed), the key, and a checksum of two bytes, without padding. */
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const bytesOf = (nkey: string): Buffer => {
  const length = Math.floor((nkey.length * 5) / 8);
  const value = [...nkey].reduce((sum, digit) => sum * 32n + BigInt(digits.indexOf(digit)), 0n);
  const hex = (value >> BigInt(nkey.length * 5 - length * 8)).toString(16);
  return Buffer.from(hex.padStart(length * 2, '0'), 'hex');
};

const textOf = (bytes: Buffer): string => {
  const length = Math.ceil((bytes.length * 8) / 5);
  const value = BigInt(`0x${bytes.toString('hex')}`) << BigInt(length * 5 - bytes.length * 8);
  return [...value.toString(32).padStart(length, '0')].map((digit) => digits[parseInt(digit, 32)]).join('');
};

/** CRC-16 as XMODEM has it. */
const checksum = (bytes: Buffer): Buffer => {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return Buffer.from([crc & 0xff, crc >> 8]);
};

const nkeyOf = (kind: number, ...key: readonly Buffer[]): string => {
  const bytes = Buffer.concat([Buffer.from([kind]), ...key]);
  return textOf(Buffer.concat([bytes, checksum(bytes)]));
};

/** The letter `P`, with which private keys begin. */
const privateKind = 120;
/** What stands before a seed of 32 bytes in PKCS #8. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key of a seed. Throws where the text is none, as the library says. */
export const pairOf = (text: string): KeyPair => {
  const pair = fromSeed(new TextEncoder().encode(text));
  const bytes = bytesOf(text);
  const kind = ((bytes[0]! & 7) << 5) | (bytes[1]! >> 3);
  const seed = bytes.subarray(2, 34);
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  const name = nkeyOf(kind, point);
  return Object.assign(pair, {
    getPublicKey: () => name,
    getPrivateKey: () => new TextEncoder().encode(nkeyOf(privateKind, seed, point)),
    sign: (input: Uint8Array) => new Uint8Array(sign(null, input, privateKey)),
    verify: (input: Uint8Array, signature: Uint8Array) => verify(null, input, publicKey, signature),
  });
};

/** True where a signature is that of the key with this public nkey. Throws where the text is none. */
export const isSignedBy = (nkey: string, input: Uint8Array, signature: Uint8Array): boolean => {
  const x = bytesOf(fromPublic(nkey).getPublicKey()).subarray(1, 33).toString('base64url');
  return verify(
    null,
    input,
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    signature,
  );
};
