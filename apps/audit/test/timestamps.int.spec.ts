import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  startTimestampAuthority,
  until,
  type TestTimestampAuthority,
  type TimestampTrouble,
} from '@interlock/testing';
import { parseCertificates, TimestampFault, verifyToken } from '@interlock/timestamp';
import { parseNote, timestampsIn } from '@interlock/tree';
import { verifyLog, type CheckTimestamp, type Verification } from '@interlock/verify';
import { key } from './audited.js';
import { audited, ready, sizeOf } from './mirrored.js';

let authority: TestTimestampAuthority;
let folder: string;
let environment: { readonly AUDIT_TSA_URL: string; readonly AUDIT_TSA_CA: string };
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-tsa-'));
  await audited.begin();
});
afterEach(async () => {
  await audited.stopServices();
  await authority.stop();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await audited.end();
});

const begin = async (trouble?: TimestampTrouble): Promise<void> => {
  authority = await startTimestampAuthority();
  authority.trouble = trouble;
  const file = join(folder, 'tsa.pem');
  writeFileSync(file, authority.ca);
  environment = { AUDIT_TSA_URL: authority.url, AUDIT_TSA_CA: file };
};
const name = (): string => new URL(authority.url).host;
/** The latest checkpoint, as soon as the authority has stamped one of at least this size. */
const stamped = (size: number): Promise<string> =>
  until(async () => {
    const { text: note, status } = await audited.get('/checkpoint', { tenant: 'demo' });
    return status === 200 && sizeOf(note) >= size && note.includes(`— ${name()} `) && note;
  }, 'the checkpoint is stamped');
const check: CheckTimestamp = async (text, token) => {
  try {
    const { at, signer } = await verifyToken(token, text, parseCertificates(authority.ca));
    return { at: at.toISOString(), signer };
  } catch (error) {
    if (!(error instanceof TimestampFault)) throw error;
    return { fault: error.message, untrusted: error.untrusted };
  }
};
const verify = (text: string, checkTimestamp = check): Promise<Verification> =>
  verifyLog(
    [
      {
        name: 'log.ndjson',
        async *open() {
          yield await Promise.resolve(Buffer.from(text));
        },
      },
    ],
    { key, checkTimestamp },
  );

describe('a time-stamp authority', () => {
  it('stamps checkpoints, and the stamp stands in the checkpoint and in exports', async () => {
    await begin();
    await audited.start(environment);
    await audited.append('action-demo:t', 5);
    const note = parseNote(await stamped(sizeOf(await audited.signed())))!;
    const [stamp] = timestampsIn(note);
    const { at } = await verifyToken(
      stamp!.token,
      new TextEncoder().encode(note.text),
      parseCertificates(authority.ca),
    );
    expect(Math.abs(at.getTime() - Date.now())).toBeLessThan(300_000);
    const { text } = await audited.get('/export', { tenant: 'demo' });
    const found = await verify(text);
    expect([found.faults, found.verified]).toEqual([[], true]);
    expect(found.timestamps).toMatchObject([{ name: name(), signer: 'Test time-stamp unit' }]);
    const [other, untrusted] = [
      await verify(text, () => Promise.resolve({ fault: 'it is wrong', untrusted: false })),
      await verify(text, () => Promise.resolve({ fault: 'it is foreign', untrusted: true })),
    ];
    expect(other.faults.map(({ kind }) => kind)).toEqual(['timestamp', 'timestamp']);
    expect(untrusted.faults.map(({ kind }) => kind)).toEqual(['timestamp']);
  });

  it.each<[TimestampTrouble, RegExp]>([
    ['away', /answered 503/],
    ['refused', /no time for you/],
    ['expired', /was valid/],
  ])('in trouble (%s) stops nothing, is told, and is asked again', async (trouble, said) => {
    await begin(trouble);
    const service = await audited.start({ ...environment, AUDIT_MIRROR_MAX_LAG_S: '1' });
    await audited.append('action-demo:t', 1);
    const size = sizeOf(await audited.signed());
    const told = await until(async () => {
      const { checks } = await ready(service);
      return checks.find(({ ok, detail = '' }) => !ok && detail.includes(`tsa:${name()}`))?.detail;
    }, 'it is said to be behind');
    expect(told).toMatch(said);
    expect((await audited.get('/checkpoint', { tenant: 'demo' })).text).not.toContain(`— ${name()} `);
    // The log goes on, and exports too.
    await audited.append('action-demo:t', 1);
    const found = await verify((await audited.get('/export', { tenant: 'demo' })).text);
    expect(found.faults.map(({ kind }) => kind)).toEqual(['timestamp']);
    authority.trouble = undefined;
    await stamped(size);
    await until(async () => (await ready(service)).status === 'ready', 'it is ready again');
  });

  it('whose clock is another is not believed', async () => {
    await begin();
    authority.at = new Date(Date.now() - 3_600_000);
    const service = await audited.start({ ...environment, AUDIT_MIRROR_MAX_LAG_S: '1' });
    await audited.append('action-demo:t', 1);
    await audited.signed();
    await until(
      async () =>
        (await ready(service)).checks.some(({ detail = '' }) =>
          detail.includes('which is not the present time'),
        ),
      'its time is told',
    );
  });

  it('that is set by half, or without certificates, keeps the service from starting', async () => {
    await begin();
    const empty = join(folder, 'empty.pem');
    writeFileSync(empty, 'no certificate');
    for (const wrong of [
      { AUDIT_TSA_URL: authority.url },
      { AUDIT_TSA_CA: environment.AUDIT_TSA_CA },
      { ...environment, AUDIT_TSA_CA: empty },
      { ...environment, AUDIT_TSA_CA: join(folder, 'nowhere.pem') },
      { ...environment, AUDIT_TSA_URL: 'tsa.example' },
    ])
      await expect(audited.start(wrong)).rejects.toMatchObject({
        code: 'validation-failed',
        detail: expect.stringContaining('AUDIT_TSA_'),
      });
  });
});
