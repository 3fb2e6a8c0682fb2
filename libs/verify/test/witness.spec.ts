import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  checkpointText,
  consistencyProof,
  noteOf,
  parseCheckpoint,
  parseNote,
  parseVerifier,
  signerKey,
  signText,
  toBase64,
  verifiedBy,
  verifierText,
  witnessAnswer,
  type VerifierKey,
  type WitnessAnswer,
  type Witnessed,
} from '@interlock/tree';
import { logKey, nextKey, SealedLog, seed, smallLog, verify } from './sealed-log.js';

const signer = signerKey('witness.example/w1', 'cosignature', seed(7));
const now = 1_700_000_000;
const vkey = (key: VerifierKey): VerifierKey => parseVerifier(verifierText(key))!;

/** A witness with its memory. */
class Memory {
  readonly state = new Map<string, Witnessed>();
  logs: readonly VerifierKey[] = [vkey(logKey)];

  ask(body: string, room = true): WitnessAnswer {
    const answer = witnessAnswer({
      logs: this.logs,
      latest: (origin) => this.state.get(origin) ?? null,
      room,
      signer,
      nowSeconds: now,
      body,
    });
    if (answer.next !== null) this.state.set(answer.next.origin, answer.next);
    return answer;
  }
}

const request = async (
  log: SealedLog,
  from: number,
  to: number,
  over: { readonly old?: string; readonly proof?: readonly string[]; readonly note?: string } = {},
): Promise<string> => {
  const proof = over.proof ?? (from > to ? [] : await consistencyProof(log.read, from, to)).map(toBase64);
  return [`old ${over.old ?? from}`, ...proof, '', over.note ?? log.checkpoint(to)].join('\n');
};

const log = smallLog(30);
const grown = async (size: number): Promise<Memory> => {
  const memory = new Memory();
  expect(memory.ask(await request(log, 0, size)).status).toBe(200);
  return memory;
};

describe('a witness', () => {
  it('cosigns a first tree, and each that extends the one before, with the time', async () => {
    const memory = await grown(7);
    const answer = memory.ask(await request(log, 7, 30));
    expect(answer).toMatchObject({ status: 200, next: { origin: 'log.example', size: 30 } });
    const note = parseNote(log.checkpoint(30) + answer.body)!;
    expect(verifiedBy(note, [vkey(signer)])).toEqual([{ key: vkey(signer), atSeconds: now }]);
    expect(memory.state.get('log.example')?.size).toBe(30);
  });

  it('cosigns the same tree again, and the empty one', async () => {
    const memory = await grown(7);
    expect(memory.ask(await request(log, 7, 7)).status).toBe(200);
    expect(new Memory().ask(await request(log, 0, 0)).status).toBe(200);
  });

  it('answers any true growth with a cosignature, and keeps it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 6 }),
        async (sizes) => {
          const memory = new Memory();
          let size = 0;
          for (const next of [...sizes].sort((a, b) => a - b)) {
            expect(memory.ask(await request(log, size, next)).status).toBe(200);
            size = next;
          }
          expect(memory.state.get('log.example')?.size).toBe(size);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('tells the size that it knows where the old one is another: 409, `text/x.tlog.size`', async () => {
    const memory = await grown(7);
    for (const old of [0, 6, 8])
      expect(memory.ask(await request(log, old, 30))).toEqual({
        status: 409,
        contentType: 'text/x.tlog.size',
        body: '7\n',
        next: null,
      });
    expect(new Memory().ask(await request(log, 7, 30))).toMatchObject({ status: 409, body: '0\n' });
  });

  it('refuses another tree of the same size, and an empty one with leaves: 422', async () => {
    const memory = await grown(7);
    const other = new SealedLog();
    for (let i = 0; i < 7; i += 1) other.append('action-demo:0', 'ActionAccepted', { other: i });
    expect(memory.ask(await request(other, 7, 7))).toMatchObject({ status: 422, next: null });
    const none = checkpointText({
      origin: 'log.example',
      size: 0,
      root: seed(1),
      tenants: { size: 0, root: seed(1) },
    });
    expect(
      new Memory().ask(await request(log, 0, 0, { note: noteOf(none, [signText(none, logKey)]) })),
    ).toMatchObject({ status: 422, next: null });
  });

  it('refuses a smaller tree, whatever old size it names', async () => {
    const memory = await grown(30);
    expect(memory.ask(await request(log, 30, 12))).toMatchObject({ status: 400, next: null });
    expect(memory.ask(await request(log, 12, 12))).toMatchObject({ status: 409, body: '30\n', next: null });
    expect(memory.ask(await request(log, 0, 12))).toMatchObject({ status: 409, next: null });
  });

  it('refuses a tree that does not begin with the one before: 422', async () => {
    const memory = await grown(7);
    const fork = new SealedLog();
    for (let i = 0; i < 30; i += 1) fork.append('action-demo:0', 'ActionAccepted', { fork: i });
    expect(memory.ask(await request(fork, 7, 30))).toMatchObject({ status: 422, next: null });
    expect(memory.ask(await request(log, 7, 30, { proof: [] }))).toMatchObject({ status: 422, next: null });
    expect(memory.ask(await request(log, 7, 7, { proof: [toBase64(seed(1))] }))).toMatchObject({
      status: 422,
    });
    expect(new Memory().ask(await request(log, 0, 7, { proof: [toBase64(seed(1))] }))).toMatchObject({
      status: 422,
    });
    expect(memory.state.get('log.example')?.size).toBe(7);
  });

  it('knows an origin by the name of its key: 404 else', async () => {
    const memory = await grown(7);
    for (const origin of ['log.exampl', 'log.example2', 'log.example2/demo', 'other/log.example'])
      expect(memory.ask(await request(smallLog(3, origin), 0, 3))).toMatchObject({ status: 404, next: null });
  });

  it('cosigns what a checkpoint says of the tenants with it', async () => {
    const memory = new Memory();
    const { body } = memory.ask(await request(log, 0, 30));
    const { text } = parseNote(log.checkpoint(30))!;
    const cosigned = (changed: string): number =>
      verifiedBy(parseNote(noteOf(changed, [body]))!, [parseVerifier(verifierText(signer))!])?.length ?? 0;
    expect(text).toMatch(/\ntenants 2 \S+\n$/);
    expect([cosigned(text), cosigned(text.replace('tenants 2', 'tenants 1'))]).toEqual([1, 0]);
  });

  it('believes a known key of the log only: 403 else', async () => {
    const forger = new SealedLog('log.example', signerKey('log.example', 'note', seed(9)));
    forger.append('action-demo:0', 'ActionAccepted', {});
    expect(new Memory().ask(await request(forger, 0, 1))).toMatchObject({ status: 403, next: null });
    const signed = log.checkpoint(7);
    const broken = signed.replace(/.(?==*\n$)/, (last) => (last === 'A' ? 'B' : 'A'));
    expect(new Memory().ask(await request(log, 0, 7, { note: broken })).status).not.toBe(200);
    expect(
      new Memory().ask(await request(log, 0, 7, { note: log.checkpoint(7).replace('\n7\n', '\n8\n') })),
    ).toMatchObject({ status: 403 });
  });

  it('goes on with the keys that it is given for a log, the later ones too', async () => {
    const rotated = smallLog(9);
    const memory = await grown(7);
    rotated.rotate(nextKey);
    expect(memory.ask(await request(rotated, 7, 9))).toMatchObject({ status: 403 });
    memory.logs = [vkey(logKey), vkey(nextKey)];
    expect(memory.ask(await request(rotated, 7, 9)).status).toBe(200);
  });

  it('has room for so many origins, and goes on with those it has', async () => {
    const other = signerKey('log.example2', 'note', seed(8));
    const memory = await grown(7);
    memory.logs = [vkey(logKey), vkey(other)];
    const second = new SealedLog('log.example2', other).append('action-demo:0', 'ActionAccepted', {});
    expect(memory.ask(await request(second, 0, 1), false)).toMatchObject({ status: 507, next: null });
    expect(memory.ask(await request(log, 7, 9), false).status).toBe(200);
    expect(memory.ask(await request(second, 0, 1)).status).toBe(200);
  });

  it('refuses whatever is not a request: 400', async () => {
    const memory = await grown(7);
    const good = await request(log, 7, 30);
    const hash = toBase64(seed(1));
    const wrong = [
      '',
      '\n',
      'old 7',
      'old 7\n',
      'old 7\n\n',
      good.replace('old 7', 'old 07'),
      good.replace('old 7', 'old -7'),
      good.replace('old 7', 'old  7'),
      good.replace('old 7', 'Old 7'),
      good.replace('old 7', 'old 7 '),
      good.replace('old 7', 'old 9007199254740993'),
      good.replace('old 7\n', ''),
      good.replace('\n', '\r\n'),
      good.replaceAll('\n', '\r\n'),
      await request(log, 7, 30, { proof: ['AAAA'] }),
      await request(log, 7, 30, { proof: [`${hash} `] }),
      await request(log, 7, 30, { proof: Array<string>(64).fill(hash) }),
      await request(log, 7, 30, { proof: [''] }),
      good.slice(0, -1),
      await request(log, 7, 30, { note: 'log.example\n30\n' }),
      await request(log, 7, 30, { note: log.checkpoint(30).replace('\n30\n', '\n030\n') }),
      `${good}\n`,
    ];
    for (const body of wrong)
      expect([body, memory.ask(body).status, memory.state.get('log.example')?.size]).toEqual([body, 400, 7]);
    expect(memory.ask(await request(log, 7, 30, { proof: Array<string>(63).fill(hash) }))).toMatchObject({
      status: 422,
    });
    expect(memory.ask(good).status).toBe(200);
  });

  it('throws at nothing, and cosigns nothing that is not signed', async () => {
    const good = await request(log, 7, 30);
    const { root } = parseCheckpoint(parseNote(log.checkpoint(7))!.text)!;
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.string({ unit: 'binary', maxLength: 3 }),
        fc.nat(3),
        (at, text, cut) => {
          const memory = new Memory();
          memory.state.set('log.example', { size: 7, root });
          const { status, next } = memory.ask(good.slice(0, at) + text + good.slice(at + cut));
          expect([status === 200, next?.size]).toEqual(next === null ? [false, undefined] : [true, 30]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the time of a witness', () => {
  const witnesses = [vkey(signer)];
  const stored = (at: string): SealedLog =>
    smallLog(10).append('action-demo:late', 'SomethingHappened', {}, { created: at });

  it.each([
    ['2026-11-20T10:04:59.000Z', []],
    ['2026-11-20T10:05:01.000Z', ['log']],
  ])(
    'is not before that of an event which it covers, but for the skew of clocks: %s',
    async (at, expected) => {
      const own = stored(at);
      const note = own.checkpoint(own.size, [signer], Date.parse('2026-11-20T10:00:00.000Z') / 1000);
      const found = await verify(await own.export(), {
        witnesses,
        checkpoints: [{ name: 'of the witness', note }],
      });
      expect(found.faults.map(({ kind }) => kind)).toEqual(expected);
    },
  );
});

describe('a witness with ML-DSA-44', () => {
  const quantum = signerKey('witness.example/pq', 'ml-dsa-44', seed(8));
  const witnesses = [vkey(quantum)];

  it('is counted for a file of the whole log, and not for one tenant, of whose tree it says nothing', async () => {
    const whole = await verify(await log.export(undefined, log.size, [quantum]), { witnesses });
    expect([whole.verified, whole.witnesses]).toMatchObject([true, [{ name: quantum.name, size: log.size }]]);
    const tenant = smallLog(13, 'log.example/demo');
    const found = await verify(await tenant.export(undefined, tenant.size, [quantum]), { witnesses });
    expect(found.faults).toMatchObject([{ kind: 'witness', what: expect.stringContaining('ML-DSA-44') }]);
  });

  it('cosigns what extends all that it saw', async () => {
    const answer = witnessAnswer({
      logs: [vkey(logKey)],
      latest: () => null,
      room: true,
      signer: quantum,
      nowSeconds: now,
      body: await request(log, 0, 30),
    });
    expect(answer.status).toBe(200);
    const note = parseNote(log.checkpoint(30) + answer.body)!;
    expect(verifiedBy(note, witnesses)).toEqual([{ key: vkey(quantum), atSeconds: now }]);
  });
});
