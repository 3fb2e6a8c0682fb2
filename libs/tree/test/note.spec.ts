import { createPrivateKey, createPublicKey, sign, verify as verifySignature } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import {
  checkpointText,
  fromBase64,
  keyIdOf,
  noteOf,
  parseCheckpoint,
  parseNote,
  parseVerifier,
  signerKey,
  signText,
  timestampLine,
  timestampsIn,
  toBase64,
  verifiedBy,
  verifierText,
} from '../src/index.js';

const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const log = signerKey('log.example/interlock', 'note', seed(1));
const witness = signerKey('witness.example/w1', 'cosignature', seed(2));
const quantum = signerKey('witness.example/pq', 'ml-dsa-44', seed(4));
const stranger = signerKey('stranger.example', 'note', seed(3));
const tenants = { size: 2, root: seed(8) };
const text = checkpointText({ origin: 'log.example/interlock', size: 42, root: seed(9), tenants });

describe('base64', () => {
  it('reads what it writes, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      }),
    );
    for (const wrong of [
      'A',
      'AA',
      'AAA',
      'A===',
      'AB==',
      'AAB=',
      'AA=A',
      '====',
      'AA==AA==',
      'AAA\n',
      'AA-_',
      ' AAA',
    ])
      expect(fromBase64(wrong)).toBeUndefined();
  });
});

describe('a verifier key', () => {
  it("is the text of the specification's own example", () => {
    const [, id, encoded] = verifierText(signerKey('PeterNeumann', 'note', seed(0))).split('+');
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(fromBase64(encoded!)?.[0]).toBe(1);
    expect(parseVerifier('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')).toMatchObject(
      { name: 'PeterNeumann', kind: 'note' },
    );
  });

  it('is read back, and refused with another name, id or key in it', () => {
    for (const key of [log, witness, quantum]) {
      const { name, kind, publicKey } = key;
      expect(parseVerifier(verifierText(key))).toEqual({ name, kind, publicKey });
    }
    expect(parseVerifier(verifierText(log).replace('log.example', 'lag.example'))).toBeUndefined();
    for (const wrong of [
      '',
      'a+b+c',
      'PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
      'Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    ])
      expect(parseVerifier(wrong)).toBeUndefined();
  });
});

describe('a note', () => {
  it('of another implementation is read and verified', () => {
    const note =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const key = parseVerifier('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')!;
    expect(verifiedBy(parseNote(note)!, [key])).toEqual([{ key, atSeconds: null }]);
    expect(verifiedBy(parseNote(note.replace('problem is', 'problem was'))!, [key])).toBeUndefined();
  });

  it('is believed by the keys that signed it, a cosignature with its time; strangers are passed over', () => {
    const note = parseNote(
      noteOf(text, [signText(text, log), signText(text, stranger), signText(text, witness, 1_700_000_000)]),
    )!;
    expect(note.text).toBe(text);
    expect(verifiedBy(note, [log, witness])?.map(({ key, atSeconds }) => [key.name, atSeconds])).toEqual([
      ['log.example/interlock', null],
      ['witness.example/w1', 1_700_000_000],
    ]);
    expect(verifiedBy(note, [])).toEqual([]);
  });

  it("is not believed where a known key's signature is wrong, twice, or of another kind", () => {
    const broken = (lines: readonly string[]): unknown =>
      verifiedBy(parseNote(noteOf(text, lines))!, [log, witness]);
    const other = checkpointText({ origin: 'log.example/interlock', size: 43, root: seed(9), tenants });
    expect(broken([signText(other, log)])).toBeUndefined();
    expect(broken([signText(text, log), signText(text, log)])).toBeUndefined();
    expect(broken([signText(text, log), signText(other, witness, 5)])).toBeUndefined();
    expect(broken([signText(text, { ...stranger, name: log.name })])).toEqual([]);
  });

  it('has no byte that could be another without being noticed', () => {
    const whole = Buffer.from(noteOf(text, [signText(text, log)]));
    for (let at = 0; at < whole.length; at += 1) {
      for (const mask of [0x01, 0x20, 0x80, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at]! ^= mask;
        const spelled = changed.toString('utf8');
        const note = Buffer.from(spelled).equals(changed) ? parseNote(spelled) : undefined;
        const by = note === undefined ? undefined : verifiedBy(note, [log]);
        expect([at, mask, by?.length ?? 0]).toEqual([at, mask, 0]);
      }
    }
  });

  it('of strangers may have names and texts that ours have not: only what C2SP forbids is refused', () => {
    const odd = `log.example/\u007f\u0085–漢字\n42\n${toBase64(seed(9))}\n`;
    const strange = (name: string): string => `— ${name} ${toBase64(new Uint8Array(5 + name.length))}\n`;
    for (const lines of [
      [],
      [strange('x\u007fy')],
      [strange('n'.repeat(300))],
      [strange('\ufeffx')],
      Array.from({ length: 20 }, (_, i) => strange(`w${i}`)),
    ]) {
      expect(verifiedBy(parseNote(noteOf(odd, [signText(odd, log), ...lines]))!, [log])).toHaveLength(1);
    }
  });

  it('is not believed by a signature in another encoding than the one that RFC 8032 has', () => {
    const small = {
      name: 'small.example',
      kind: 'note',
      publicKey: new Uint8Array([1, ...new Uint8Array(31)]),
    } as const;
    const forged = parseNote(
      noteOf(text, [
        `— small.example ${toBase64(new Uint8Array([...hexToBytes(keyIdOf(small)), 1, ...new Uint8Array(63)]))}\n`,
      ]),
    )!;
    expect(verifiedBy(forged, [small])).toBeUndefined();
  });

  it('is none without its form', () => {
    const line = signText(text, log);
    for (const wrong of [
      '',
      text,
      `${text}\n`,
      `${text}${line}`,
      noteOf(text, [line]).slice(0, -1),
      noteOf(text, [line.replace('—', '-')]),
      noteOf(`${text}\u0007\n`, [line]),
      noteOf(`${text}\t\n`, [line]),
      noteOf(text, [line.replace('log.example', 'log\u00a0example')]),
      noteOf(text, [line.replace('log.example', 'log+example')]),
      noteOf(text, Array<string>(65).fill(line)),
    ])
      expect(parseNote(wrong)).toBeUndefined();
    expect(() => signText('no line feed', log)).toThrow(RangeError);
    expect(() => signerKey('two words', 'note', seed(1))).toThrow(RangeError);
    expect(() => signText(text, witness)).toThrow(RangeError);
  });
});

describe('a checkpoint', () => {
  it('is four lines, read back, further extensions passed over', () => {
    expect(text).toBe(`log.example/interlock\n42\n${toBase64(seed(9))}\ntenants 2 ${toBase64(seed(8))}\n`);
    expect(parseCheckpoint(text)).toEqual({
      origin: 'log.example/interlock',
      size: 42,
      root: seed(9),
      tenants,
    });
    expect(parseCheckpoint(`${text}an extension\n`)?.size).toBe(42);
  });

  it('is none with another spelling', () => {
    const root = toBase64(seed(9));
    const last = `tenants 1 ${root}\n`;
    expect(parseCheckpoint(`a\n1\n${root}\n${last}`)?.size).toBe(1);
    for (const wrong of [
      '',
      'a\n1\n',
      `a\n01\n${root}\n${last}`,
      `a\n-1\n${root}\n${last}`,
      `\n1\n${root}\n${last}`,
      `a\n1\n${root.slice(0, -4)}\n${last}`,
      `a\n1\n${root}\n${last.trim()}`,
      `a\n1\n${root}\n${last}\n`,
      `a\n9007199254740993\n${root}\n${last}`,
    ])
      expect(parseCheckpoint(wrong)).toBeUndefined();
    expect(() =>
      checkpointText({ origin: 'a\nb', size: 1, root: hexToBytes('00'.repeat(32)), tenants }),
    ).toThrow(RangeError);
  });
});

describe('a cosignature with ML-DSA-44', () => {
  const at = 1_795_000_000;
  const spki = Buffer.concat([
    Buffer.from('30820532300b060960864801650304031103820521 00'.replace(' ', ''), 'hex'),
    quantum.publicKey,
  ]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const pkcs8 = Buffer.concat([
    Buffer.from('3034020100300b06096086480165030403110422 8020'.replace(' ', ''), 'hex'),
    quantum.seed,
  ]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  /** The message of C2SP tlog-cosignature, made here in another way. */
  const message = (name: string, seconds: number, origin: string, size: number, root: Uint8Array): Buffer => {
    const numbers = Buffer.alloc(24);
    numbers.writeBigUInt64BE(BigInt(seconds), 0);
    numbers.writeBigUInt64BE(BigInt(size), 16);
    return Buffer.concat([
      Buffer.from(`subtree/v1\n\0${String.fromCharCode(name.length)}${name}`),
      numbers.subarray(0, 8),
      Buffer.from(`${String.fromCharCode(origin.length)}${origin}`),
      numbers.subarray(8),
      root,
    ]);
  };
  const signed = message(quantum.name, at, log.name, 42, seed(9));

  it('is one that OpenSSL verifies, over the origin, size and root', () => {
    const [line] = parseNote(noteOf(text, [signText(text, quantum, at)]))!.signatures;
    expect(line!.signature.length).toBe(8 + 2420);
    expect(verifySignature(null, signed, publicKey, line!.signature.subarray(8))).toBe(true);
    expect(
      verifySignature(null, Buffer.concat([signed, signed]), publicKey, line!.signature.subarray(8)),
    ).toBe(false);
  });

  it('is verified where OpenSSL signed it, and not with another name, time or root', () => {
    const lineOf = (bytes: Buffer, key = quantum): string => {
      const time = Buffer.alloc(8);
      time.writeBigUInt64BE(BigInt(at));
      const id = Buffer.from(keyIdOf(key), 'hex');
      return `— ${key.name} ${Buffer.concat([id, time, sign(null, bytes, privateKey)]).toString('base64')}\n`;
    };
    const by = (bytes: Buffer): number | undefined =>
      verifiedBy(parseNote(noteOf(text, [lineOf(bytes)]))!, [quantum])?.length;
    expect(by(signed)).toBe(1);
    for (const wrong of [
      message('witness.example/qp', at, log.name, 42, seed(9)),
      message(quantum.name, at + 1, log.name, 42, seed(9)),
      message(quantum.name, at, log.name, 43, seed(9)),
      message(quantum.name, at, log.name, 42, seed(8)),
      Buffer.from(`cosignature/v1\ntime ${at}\n${text}`),
    ])
      expect(by(wrong)).toBeUndefined();
  });

  it('does not cover what a checkpoint says of the tenants', () => {
    const other = checkpointText({
      origin: log.name,
      size: 42,
      root: seed(9),
      tenants: { size: 2, root: seed(7) },
    });
    const line = signText(text, quantum, at);
    expect(verifiedBy(parseNote(noteOf(other, [line]))!, [quantum])).toHaveLength(1);
  });

  it('is not made of a text that is not a checkpoint', () => {
    expect(() => signText('hello\n', quantum, at)).toThrow(RangeError);
    expect(
      verifiedBy(parseNote(noteOf('hello\n', [signText(text, quantum, at)]))!, [quantum]),
    ).toBeUndefined();
  });
});

describe('a time stamp in a note', () => {
  const token = Uint8Array.from([0x30, 1, 2, 3]);
  it('is found under its own id, beside other signatures', () => {
    const note = parseNote(noteOf(text, [signText(text, log), timestampLine('tsa.example:8080', token)]))!;
    expect(timestampsIn(note)).toEqual([{ name: 'tsa.example:8080', token }]);
    expect(verifiedBy(note, [log])).toHaveLength(1);
  });
});
