import { createPrivateKey, sign } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ownerOf } from '@interlock/contracts';
import { signedText, type RecordedEvent } from '@interlock/kernel';
import { readExportedLine, eventLine } from '@interlock/tree';
import { cli, home } from './cli-home.js';
import { Sealing } from './sealing.js';
import { all, file, log, report, vkey } from './verify-home.js';

const folder = join(home, 'event-keys');
const list = join(folder, 'writers.json');
const make = (...args: readonly string[]): ReturnType<typeof cli> =>
  cli('log', 'keys', '--dir', folder, ...args);
const listed = (): { readonly [service: string]: readonly string[] } =>
  (JSON.parse(readFileSync(list, 'utf8')) as { writers: { [service: string]: string[] } }).writers;
const modeOf = (name: string): number => statSync(join(folder, name)).mode & 0o777;

const eventOf = (line: string): RecordedEvent => {
  const read = readExportedLine(line);
  if ('fault' in read) throw new Error(read.fault);
  return read.event;
};
/** An event signed by its owner with the key in the folder. */
const signedBy = (event: RecordedEvent): RecordedEvent => {
  const writer = ownerOf(event.stream)!;
  const named = { ...event, metadata: { ...event.metadata, writer } };
  const revision = `${event.revision}`;
  const value = sign(
    null,
    Buffer.from(signedText(named, event.stream, revision)),
    createPrivateKey(readFileSync(join(folder, `${writer}.key`))),
  ).toString('base64url');
  return { ...named, metadata: { ...named.metadata, signature: { revision, value } } };
};

describe('interlock log keys', () => {
  it('makes a key for each service that writes, private ones for their owner alone, and a list of the public ones', async () => {
    const { code, stdout } = await make();
    expect(code).toBe(0);
    const keys = readdirSync(folder).filter((name) => name.endsWith('.key'));
    expect(keys.length).toBeGreaterThan(8);
    expect(keys).not.toContain('relay.key');
    for (const name of keys) {
      expect([name, modeOf(name)]).toEqual([name, 0o600]);
      expect(stdout).toContain(`made the key of ${name.replace('.key', '')}\n`);
    }
    expect(Object.keys(listed()).sort()).toEqual(keys.map((name) => name.replace('.key', '')).sort());
  });

  it('changes nothing on a second call, even if a private key was moved to its service', async () => {
    const before = readFileSync(list, 'utf8');
    rmSync(join(folder, 'posture.key'));
    const again = await make();
    expect([again.code, again.stdout.includes('made')]).toEqual([0, false]);
    expect(readFileSync(list, 'utf8')).toBe(before);
    expect(readdirSync(folder)).not.toContain('posture.key');
  });

  it('gives a service another key and keeps the old public one', async () => {
    const before = listed();
    expect((await make('--renew', 'posture', '--unsigned-until', '7')).stdout).toMatch(
      /^made the key of posture$/m,
    );
    const { posture, ...others } = listed();
    expect([posture?.length, posture?.[0]]).toEqual([2, before['posture']![0]]);
    expect({ ...others, posture: before['posture'] }).toEqual(before);
    expect(JSON.parse(readFileSync(list, 'utf8'))).toMatchObject({ unsigned_until: '7' });
  });

  it('refuses a service without writes, an invalid position and an invalid list, and touches nothing', async () => {
    const before = readFileSync(list, 'utf8');
    const relay = await make('--renew', 'relay');
    expect([relay.code, relay.stderr]).toEqual([
      2,
      expect.stringContaining('relay writes nothing to the log'),
    ]);
    const place = await make('--unsigned-until', 'yesterday');
    expect([place.code, place.stderr]).toEqual([
      1,
      expect.stringContaining('`unsigned_until` is not a position'),
    ]);
    expect(readFileSync(list, 'utf8')).toBe(before);
  });
});

describe('interlock audit verify --writers', () => {
  const events = log.lines.map(eventOf);
  const verified = async (
    name: string,
    lines: readonly string[],
  ): Promise<Awaited<ReturnType<typeof report>>> =>
    report(file(name, await new Sealing(lines).export()), '--key', vkey, '--writers', list);

  it('verifies an export whose events their services signed', async () => {
    rmSync(list);
    await make();
    const [code, { verified: yes, faults }] = await verified(
      'signed.ndjson',
      events.map(signedBy).map(eventLine),
    );
    expect([code, yes, faults]).toEqual([0, true, []]);
  });

  it("names an unsigned event, whatever its writer's name and the seal over it", async () => {
    const at = all - 3;
    const forged = events[at]!;
    const lines = events.map((event, i) =>
      eventLine(
        i === at
          ? { ...event, metadata: { ...event.metadata, writer: ownerOf(event.stream)! } }
          : signedBy(event),
      ),
    );
    const [code, { faults }] = await verified('forged.ndjson', lines);
    expect([code, faults]).toEqual([
      1,
      [
        expect.objectContaining({
          kind: 'forged',
          line: at + 1,
          event: expect.objectContaining({ id: forged.id }) as object,
          what: 'is forged: it is not signed',
        }),
      ],
    ]);
  });
});
