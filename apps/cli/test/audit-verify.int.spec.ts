import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseNote, timestampLine, verifierText } from '@interlock/tree';
import type { Verification } from '@interlock/verify';
import { commandLine, type RunResult, startTimestampAuthority } from '@interlock/testing';
import { cli, home, run } from './cli-home.js';
import {
  log,
  all,
  vkey,
  witness,
  joined,
  whole,
  exportedLines,
  file,
  pinKey,
  report,
} from './verify-home.js';
import { startServing, stopServing } from './verify-server.js';

beforeAll(startServing);
afterAll(stopServing);

const kindsOf = ([code, { faults }]: readonly [number, Verification]): readonly [
  number,
  readonly string[],
] => [code, [...new Set(faults.map(({ kind }) => kind))]];

/** The leaves of some lines, as an export of these has them. */
const runsOf = (wanted: (line: string) => boolean): readonly (readonly [number, number])[] =>
  log.lines.reduce<[number, number][]>((runs, line, leaf) => {
    const run = runs.at(-1);
    if (!wanted(line)) return runs;
    if (run !== undefined && run[0] + run[1] === leaf) run[1] += 1;
    else runs.push([leaf, 1]);
    return runs;
  }, []);

describe('interlock audit verify', () => {
  it('verifies a file with the public key alone, exit code 0', async () => {
    const ran = await cli('audit', 'verify', file('whole.ndjson', whole), '--key', vkey);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toContain(`${all} events, leaves 0 to ${all - 1} of \`log.example/demo\``);
    expect(ran.stdout.trimEnd().split('\n').at(-1)).toBe('verified with the key of --key');
  });

  it('requires a time stamp by an authority of --tsa-ca, in a checkpoint or a seal', async () => {
    const [authority, other] = [await startTimestampAuthority(), await startTimestampAuthority()];
    try {
      // A stamp has whole seconds.
      authority.at = new Date(Math.floor(Date.now() / 1000) * 1000);
      const note = log.checkpoint(all);
      const token = await authority.token(Buffer.from(parseNote(note)!.text));
      const files = [file('whole.ndjson', whole), '--key', vkey];
      const withToken = (name: string, bytes: Uint8Array): readonly string[] => [
        '--checkpoint',
        file(name, `${note}${timestampLine('tsa.example', bytes)}`),
      ];
      const stamped = withToken('stamped.checkpoint', token);
      file('stamped.checkpoint.tenants', log.tenants(all));
      const ca = ['--tsa-ca', file('tsa.pem', authority.ca)];
      const [code, found] = await report(...files, ...stamped, ...ca);
      expect([code, found.faults, found.timestamps]).toEqual([
        0,
        [],
        [{ name: 'tsa.example', signer: 'Test time-stamp unit', size: all, at: authority.at.toISOString() }],
      ]);
      for (const wrong of [
        ca,
        [...stamped, '--tsa-ca', file('other.pem', other.ca)],
        [...withToken('cut.checkpoint', token.slice(0, -9)), ...ca],
      ])
        expect(kindsOf(await report(...files, ...wrong))).toEqual([1, ['timestamp']]);
    } finally {
      await authority.stop();
      await other.stop();
    }
  });

  it('reads the standard input, and the key from a file', async () => {
    for (const [content, code] of [
      [whole, 0],
      [whole.replace('"site_id":"site-001"', '"site_id":"site-002"'), 1],
    ] as const) {
      const child = run(
        process.execPath,
        [
          commandLine,
          '--home',
          home,
          'audit',
          'verify',
          '-',
          '--json',
          '--key',
          file('log.vkey', `${vkey}\n`),
        ],
        { maxBuffer: 1e8 },
      );
      child.child.stdin!.end(content);
      const { stdout } = await child.catch((error: unknown) => error as RunResult);
      expect([child.child.exitCode, (JSON.parse(stdout) as Verification).verified]).toEqual([
        code,
        code === 0,
      ]);
    }
  });

  it('prints nothing that controls the terminal, whatever an altered log contains', async () => {
    const steering = '\u001b[2J\u009b31m\nverified with the key of --key\u202E';
    const event = JSON.parse(exportedLines()[3]!) as object;
    const hostile = joined(
      exportedLines()
        .with(
          3,
          JSON.stringify({ ...event, id: `x${steering}`, stream: `action-demo:${steering}`, type: steering }),
        )
        .toSpliced(5, 0, JSON.stringify({ ...event, type: steering })),
    );
    for (const more of [[], ['--json']]) {
      const ran = await cli('audit', 'verify', file('hostile.ndjson', hostile), '--key', vkey, ...more);
      expect([ran.code, ran.stderr]).toEqual([1, '']);
      expect(ran.stdout).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]|^verified/mu);
    }
  });

  it.each([['--nope'], ['--quorum']])('%s is wrong use, exit code 2', async (...options) => {
    expect((await cli('audit', 'verify', file('whole.ndjson', whole), '--key', vkey, ...options)).code).toBe(
      2,
    );
  });

  it('finds data after the end of compressed data', async () => {
    for (const [pack, code, told] of [
      [zstdCompressSync, 2, /has data after its compressed part/],
      [gzipSync, 1, /is damaged/],
    ] as const) {
      writeFileSync(file('packed'), pack(whole));
      expect((await cli('audit', 'verify', file('packed'), '--key', vkey)).code).toBe(0);
      writeFileSync(file('packed'), Buffer.concat([pack(whole), Buffer.from('more')]));
      expect(await cli('audit', 'verify', file('packed'), '--key', vkey)).toMatchObject({
        code,
        stderr: expect.stringMatching(told),
      });
    }
  });

  it('names a long line that is not an event as fast as it can be read', async () => {
    const [code, found] = await report(
      file('long.ndjson', joined(exportedLines().toSpliced(3, 0, '"stream":"'.repeat(400_000)))),
      '--key',
      vkey,
    );
    expect([code, found.faults.map(({ kind, line }) => [kind, line])]).toEqual([1, [['inserted', 4]]]);
  });

  it('proves with --complete that an export of categories lacks nothing, and names what it lacks', async () => {
    const runs = runsOf((line) =>
      (JSON.parse(line) as { readonly stream: string }).stream.startsWith('action-'),
    );
    const filter = { categories: ['action'] };
    const actions = file('actions.ndjson', await log.export(runs, all, filter));
    const verified = async (...more: readonly string[]) => {
      const ran = await cli('audit', 'verify', actions, '--key', vkey, ...more);
      return [ran.code, ran.stdout.trimEnd().split('\n').at(-1)];
    };
    const complete = 'verified with the key of --key, complete for category action';
    expect(await verified('--complete')).toEqual([0, complete]);
    expect(await verified('--complete', '--category', 'action')).toEqual([0, complete]);
    expect((await verified())[0]).toBe(2);
    expect(await verified('--complete', '--category', 'action,plan')).toEqual([1, 'not verified: 1 finding']);
    file('actions.ndjson', await log.export(runs.slice(1), all, filter));
    const [code, found] = await report(actions, '--key', vkey, '--complete');
    expect([code, found.faults[0]]).toMatchObject([1, { kind: 'dropped', leaf: runs[0]![0] }]);
    file('actions.ndjson', await log.export(runs, all, { stream: 'action-demo:x' }));
    expect(await verified('--complete')).toEqual([2, 'not decided']);
  });

  it('lists the missing parts and the skipped checks of a partly verified file, exit code 2', async () => {
    const part = file('part.ndjson', await log.export([[4, 3]]));
    const [code, found] = await report(part, '--key', vkey);
    expect([code, found.verified, found.complete, found.missing_leaves]).toEqual([2, false, false, all - 3]);
    const told = await cli('audit', 'verify', part, '--key', vkey);
    expect([told.code, told.stdout.trimEnd().split('\n').at(-1)]).toEqual([
      2,
      `verified IN PART: ${all - 3} leaves missing`,
    ]);
    expect(found.not_checked[0]).toMatch(
      new RegExp(`^the ${all - 3} leaves of this tree that are not in the files`),
    );
    expect(found.not_checked.at(-1)).toBe(`what the log took in after leaf ${all - 1}`);
    expect((await cli('audit', 'verify', file('whole.ndjson', whole), '--key', vkey)).stdout).toContain(
      `\nnot checked: what the log took in after leaf ${all - 1}\n`,
    );
  });

  it('names a line that is nested too deeply for any real event', async () => {
    const deep = exportedLines()[3]!.replace(
      '"data":{',
      `"data":{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)},`,
    );
    const [code, found] = await report(
      file('deep.ndjson', joined(exportedLines().with(3, deep))),
      '--key',
      vkey,
    );
    expect([code, found.faults.map(({ kind, line }) => [kind, line])]).toEqual([1, [['changed', 4]]]);
  });

  it('says where to get a key if there is none, exit code 2', async () => {
    const ran = await cli('audit', 'verify', file('whole.ndjson', whole));
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain('no public key to verify with');
    pinKey();
    const [code, found] = await report(file('whole.ndjson'));
    expect([code, found]).toMatchObject([
      0,
      { verified: true, known_key: vkey, key_from: join(home, 'audit', 'keys', '1.vkey') },
    ]);
  });

  const tampers: readonly (readonly [string, (of: string[]) => readonly string[], object])[] = [
    [
      'a changed',
      (of) => of.with(20, of[20]!.replace('"schema_version":1', '"schema_version":2')),
      { kind: 'changed', line: 21, leaf: 20 },
    ],
    ['a dropped', (of) => of.toSpliced(20, 1), { kind: 'dropped', line: null, leaf: 20, count: 1 }],
    [
      'an inserted',
      (of) => of.toSpliced(20, 0, of[20]!.replace('"schema_version":1', '"schema_version":2')),
      { kind: 'inserted', line: 21 },
    ],
    ['a doubled', (of) => of.toSpliced(21, 0, of[20]!), { kind: 'duplicate', line: 22, leaf: 20 }],
    [
      'a moved',
      (of) => [...of.slice(0, 20), ...of.slice(21, 30), of[20]!, ...of.slice(30)],
      { kind: 'reordered', line: 30, leaf: 20 },
    ],
    ['a cut off', (of) => of.toSpliced(all - 1, 1), { kind: 'truncated', leaf: all - 1, count: 1 }],
  ];
  it.each(tampers)('finds %s event and names it, exit code 1', async (_, tamper, expected) => {
    const [code, found] = await report(
      file('tampered.ndjson', joined(tamper(exportedLines()))),
      '--key',
      vkey,
    );
    expect([code, found.verified, found.faults]).toMatchObject([1, false, [expected]]);
  });

  it('prints a finding in a line: kind, place, event, description', async () => {
    const { id, stream, revision, position, type } = JSON.parse(log.lines[20]!) as {
      readonly [name: string]: string;
    };
    const ran = await cli(
      'audit',
      'verify',
      file(
        'tampered.ndjson',
        joined(
          exportedLines().with(20, exportedLines()[20]!.replace('"schema_version":1', '"schema_version":2')),
        ),
      ),
      '--key',
      vkey,
    );
    expect(ran.stdout).toBe(
      `changed    ${file('tampered.ndjson')} line 21, leaf 20: ${stream!} revision ${revision!}, position ${position!}, event ${id!} (${type!}): is not what was signed\nnot verified: 1 finding\n`,
    );
  });

  it('compares a file with a checkpoint from elsewhere and with witnesses', async () => {
    const older = file('older.ndjson', await log.export([[0, 100]], 100));
    const [now, then] = [
      file('now.checkpoint', log.checkpoint(all, [witness])),
      file('then.checkpoint', log.checkpoint(60)),
    ];
    // The list that a mirror keeps beside a checkpoint gives the tenant's part of it.
    for (const [name, size] of [
      ['now', all],
      ['then', 60],
      ['early', 7],
    ] as const)
      file(`${name}.checkpoint.tenants`, log.tenants(size));
    expect(
      await report(
        file('whole.ndjson'),
        '--key',
        vkey,
        '--checkpoint',
        now,
        '--checkpoint',
        then,
        '--witness',
        verifierText(witness),
      ),
    ).toMatchObject([
      0,
      {
        checkpoints: [{ says: 'same' }, { says: 'earlier' }],
        witnesses: [{ name: 'witness.example', size: all }],
      },
    ]);
    expect(await report(older, '--key', vkey, '--checkpoint', now)).toMatchObject([
      1,
      { faults: [{ kind: 'older' }] },
    ]);
    expect(
      await report(file('whole.ndjson'), '--key', vkey, '--witness', verifierText(witness)),
    ).toMatchObject([1, { faults: [{ kind: 'witness' }] }]);
    const part = file('part.ndjson', await log.export([[50, 10]]));
    expect(
      await report(part, '--key', vkey, '--checkpoint', file('early.checkpoint', log.checkpoint(7))),
    ).toMatchObject([
      2,
      { verified: false, faults: [], undecided: [expect.stringContaining('cannot be compared')] },
    ]);
  });

  it('treats files in any order as one log', async () => {
    const [a, b] = [
      file('a.ndjson', await log.export([[0, 100]], 120)),
      file('b.ndjson', await log.export([[100, all - 100]])),
    ];
    for (const files of [
      [a, b],
      [b, a],
    ])
      expect(await report(...files, '--key', vkey)).toMatchObject([
        0,
        { verified: true, files: [{ runs: [[0, 100]] }, { runs: [[100, all - 100]] }] },
      ]);
    const filtered = await Promise.all(
      ['action', 'trace'].map(async (category) =>
        file(
          `${category}.ndjson`,
          await log.export(
            runsOf((line) =>
              (JSON.parse(line) as { readonly stream: string }).stream.startsWith(`${category}-`),
            ),
            all,
            { categories: [category] },
          ),
        ),
      ),
    );
    const ran = await cli('audit', 'verify', '--complete', ...filtered, b, a, '--key', vkey);
    expect([ran.code, ran.stdout.trimEnd().split('\n').at(-1)]).toEqual([
      0,
      'verified with the key of --key, complete for category action; category trace; all events',
    ]);
    const gap = file('gap.ndjson', await log.export([[110, all - 110]]));
    expect(await report(gap, a, '--key', vkey)).toMatchObject([
      1,
      { faults: [{ kind: 'files', leaf: 100, count: 10 }] },
    ]);
  });

  it('reads zstd-compressed files, and refuses damaged ones', async () => {
    const packed = zstdCompressSync(whole);
    writeFileSync(file('whole.ndjson.zst'), packed);
    expect(await report(file('whole.ndjson.zst'), '--key', vkey)).toMatchObject([0, { verified: true }]);
    writeFileSync(file('cut.ndjson.zst'), packed.subarray(0, packed.length - 50));
    const ran = await cli('audit', 'verify', file('cut.ndjson.zst'), '--key', vkey);
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain('cut.ndjson.zst is damaged');
  });

  it('refuses another log or tenant than the requested one', async () => {
    expect(await report(file('whole.ndjson'), '--key', vkey, '--origin', 'log.example')).toMatchObject([
      1,
      { faults: [{ kind: 'origin' }] },
    ]);
    const other = await cli('--tenant', 'globex', 'audit', 'verify', file('whole.ndjson'), '--key', vkey);
    expect([other.code, other.stdout]).toEqual([1, expect.stringContaining('not of `log.example/globex`')]);
  });

  it.each([
    [['nothing.ndjson']],
    [['.']],
    [['whole.ndjson', '--key', 'log.example']],
    [['whole.ndjson', '--witness', vkey]],
    [['whole.ndjson', '--tsa-ca', 'whole.ndjson']],
    [['whole.ndjson', '--witness', verifierText(witness), '--quorum', '2']],
    [['whole.ndjson', '--checkpoint', 'nowhere']],
    [['whole.ndjson', '--mirror', 'nowhere']],
  ])('%j is wrong use, exit code 2', async (args) => {
    const ran = await cli('audit', 'verify', join(home, args[0]!), ...args.slice(1));
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toMatch(/^interlock: /);
  });
});
