import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signerKey, verifierText } from '@interlock/tree';
import type { Verification } from '@interlock/verify';
import { createDevIssuer } from '@interlock/platform';
import { buildApps } from '@interlock/testing';
import { logKey, Sealing } from './sealing.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const main = join(root, 'apps', 'cli', 'dist', 'main.js');
const run = promisify(execFile);
type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

const log = new Sealing(
  readFileSync(join(root, 'fixtures', 'streams', 'demo-0.1.ndjson'), 'utf8')
    .trim()
    .split('\n'),
);
const all = log.lines.length;
const vkey = verifierText(logKey);
const witness = signerKey('witness.example', 'cosignature', new Uint8Array(32).fill(7));

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
let home: string;
let server: Server;
let whole: string;
/** What the server answers, by path. */
const answers = new Map<
  string,
  { readonly status?: number; readonly body: string; readonly breaks?: boolean }
>();
const asked: string[] = [];

const cli = async (...args: readonly string[]): Promise<Ran> => {
  try {
    return { code: 0, ...(await run(process.execPath, [main, '--home', home, ...args], { maxBuffer: 1e8 })) };
  } catch (error) {
    const { code, stdout, stderr } = error as Ran;
    return { code, stdout, stderr };
  }
};
const file = (name: string, content?: string): string => {
  const path = join(home, name);
  if (content !== undefined) writeFileSync(path, content);
  return path;
};
/** The public key where a home keeps it. */
const pinKey = (): void => {
  mkdirSync(join(home, 'audit', 'keys'), { recursive: true });
  writeFileSync(join(home, 'audit', 'keys', '1.vkey'), `${vkey}\n`);
};
const report = async (...args: readonly string[]): Promise<readonly [number, Verification]> => {
  const { code, stdout } = await cli('audit', 'verify', '--json', ...args);
  return [code, JSON.parse(stdout) as Verification];
};

beforeAll(async () => {
  await buildApps('apps/cli');
  home = mkdtempSync(join(tmpdir(), 'interlock-verify-'));
  mkdirSync(join(home, 'keys'));
  await createDevIssuer(join(home, 'keys'));
  whole = await log.export();
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers.get(new URL(request.url ?? '', 'http://x').pathname) ?? {
      status: 404,
      body: '{"code":"unknown"}',
    };
    response.writeHead(answer.status ?? 200, {
      'content-type': 'text/plain',
      ...(answer.breaks === true ? { 'content-length': String(answer.body.length * 2) } : {}),
    });
    response.write(answer.body, () => {
      if (answer.breaks === true) response.destroy();
    });
    if (answer.breaks !== true) response.end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  writeFileSync(
    join(home, 'runtime.json'),
    JSON.stringify({
      http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      nats: { url: 'nats://127.0.0.1:1', user: 'u', password: 'p' },
      ready: true,
      pid: 1,
    }),
  );
});
afterAll(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});

describe('interlock audit export', () => {
  it("writes the sealed log for the caller's eyes only, and says what it holds", async () => {
    answers.set('/api/v1/audit/export', { body: whole });
    const ran = await cli(
      'audit',
      'export',
      '-o',
      file('log.ndjson'),
      '--after',
      '5',
      '--until',
      '900',
      '--category',
      'action,budget',
      '--stream',
      'action-demo:1',
      '--limit',
      '7',
    );
    expect(ran).toEqual({
      code: 0,
      stdout: '',
      stderr: `${file('log.ndjson')}: ${all} events, sealed by the checkpoint of ${all} leaves of \`log.example/demo\`\n`,
    });
    expect(asked.at(-1)).toBe(
      '/api/v1/audit/export?after=5&until=900&category=action%2Cbudget&stream=action-demo%3A1&limit=7',
    );
    expect(readFileSync(file('log.ndjson'), 'utf8')).toBe(whole);
    expect(statSync(file('log.ndjson')).mode & 0o777).toBe(0o600);
    expect((await cli('audit', 'export')).stdout).toBe(whole);
  });

  it.each([
    ['breaks', { breaks: true }],
    ['ends without its seal', {}],
  ])('leaves no file where the answer %s, and keeps the one that is there', async (_, how) => {
    answers.set('/api/v1/audit/export', { body: whole.slice(0, whole.length - 10), ...how });
    writeFileSync(file('kept.ndjson'), 'before');
    for (const name of ['none.ndjson', 'kept.ndjson']) {
      const ran = await cli('audit', 'export', '-o', file(name));
      expect([ran.code, ran.stdout]).toEqual([1, '']);
      expect(ran.stderr).toMatch(/^interlock: the export broke off: /);
    }
    expect([
      existsSync(file('none.ndjson')),
      existsSync(file('none.ndjson.part')),
      readFileSync(file('kept.ndjson'), 'utf8'),
    ]).toEqual([false, false, 'before']);
    expect((await cli('audit', 'export')).code).toBe(1);
  });
});

describe('interlock audit verify', () => {
  const lines = (): string[] => whole.slice(0, -1).split('\n');

  it('verifies a file with the public key alone, exit code 0', async () => {
    const ran = await cli('audit', 'verify', file('whole.ndjson', whole), '--key', vkey);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toContain(`${all} events, leaves 0 to ${all - 1} of \`log.example/demo\``);
    expect(ran.stdout.trimEnd().split('\n').at(-1)).toBe('verified with the key of --key');
  });

  it('reads the standard input, and the key from a file', async () => {
    for (const [content, code] of [
      [whole, 0],
      [whole.replace('"port":35461', '"port":35462'), 1],
    ] as const) {
      const child = run(
        process.execPath,
        [main, '--home', home, 'audit', 'verify', '-', '--json', '--key', file('log.vkey', `${vkey}\n`)],
        { maxBuffer: 1e8 },
      );
      child.child.stdin!.end(content);
      const { stdout } = await child.catch((error: unknown) => error as Ran);
      expect([child.child.exitCode, (JSON.parse(stdout) as Verification).verified]).toEqual([
        code,
        code === 0,
      ]);
    }
  });

  it('shows nothing that steers the terminal, whatever an altered log says', async () => {
    const steering = '\u001b[2J\u009b31m\nverified with the key of --key\u202E';
    const event = JSON.parse(lines()[3]!) as object;
    const hostile = joined(
      lines()
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

  it.each([['--nope'], ['--quorum']])('%s is no use of it, exit code 2', async (...options) => {
    expect((await cli('audit', 'verify', file('whole.ndjson', whole), '--key', vkey, ...options)).code).toBe(
      2,
    );
  });

  it('finds what follows on what is compressed', async () => {
    for (const [pack, code, told] of [
      [zstdCompressSync, 2, /goes on after what is compressed/],
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

  it('names a long line that is no event in the time that reading it takes', async () => {
    const [code, found] = await report(
      file('long.ndjson', joined(lines().toSpliced(3, 0, '"stream":"'.repeat(400_000)))),
      '--key',
      vkey,
    );
    expect([code, found.faults.map(({ kind, line }) => [kind, line])]).toEqual([1, [['inserted', 4]]]);
  });

  it('says of a verified file what it was not asked to look at', async () => {
    const [code, found] = await report(file('part.ndjson', await log.export([[4, 3]])), '--key', vkey);
    expect([code, found.not_checked.length]).toEqual([0, 2]);
    expect(found.not_checked[0]).toMatch(
      new RegExp(`^the ${all - 3} leaves of this tree that are not in the files`),
    );
    expect(found.not_checked[1]).toBe(`what the log took in after leaf ${all - 1}`);
    expect((await cli('audit', 'verify', file('whole.ndjson', whole), '--key', vkey)).stdout).toContain(
      `\nnot checked: what the log took in after leaf ${all - 1}\n`,
    );
  });

  it('names a line that is nested deeper than anything that was ever written', async () => {
    const deep = lines()[3]!.replace(
      '"data":{',
      `"data":{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)},`,
    );
    const [code, found] = await report(file('deep.ndjson', joined(lines().with(3, deep))), '--key', vkey);
    expect([code, found.faults.map(({ kind, line }) => [kind, line])]).toEqual([1, [['changed', 4]]]);
  });

  it('without a key says where to get one, exit code 2', async () => {
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
    const [code, found] = await report(file('tampered.ndjson', joined(tamper(lines()))), '--key', vkey);
    expect([code, found.verified, found.faults]).toMatchObject([1, false, [expected]]);
  });

  it('tells a finding in a line: kind, place, event, what', async () => {
    const { id, stream, revision, position, type } = JSON.parse(log.lines[20]!) as {
      readonly [name: string]: string;
    };
    const ran = await cli(
      'audit',
      'verify',
      file(
        'tampered.ndjson',
        joined(lines().with(20, lines()[20]!.replace('"schema_version":1', '"schema_version":2'))),
      ),
      '--key',
      vkey,
    );
    expect(ran.stdout).toBe(
      `changed    ${file('tampered.ndjson')} line 21, leaf 20: ${stream!} revision ${revision!}, position ${position!}, event ${id!} (${type!}): is not what was signed\nnot verified: 1 finding\n`,
    );
  });

  it('holds a file against a checkpoint from elsewhere and against witnesses', async () => {
    const older = file('older.ndjson', await log.export([[0, 100]], 100));
    const [now, then] = [
      file('now.checkpoint', log.checkpoint(all, [witness])),
      file('then.checkpoint', log.checkpoint(60)),
    ];
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

  it('takes files in order as one log', async () => {
    const [a, b] = [
      file('a.ndjson', await log.export([[0, 100]], 120)),
      file('b.ndjson', await log.export([[100, all - 100]])),
    ];
    expect(await report(a, b, '--key', vkey)).toMatchObject([
      0,
      { verified: true, files: [{ runs: [[0, 100]] }, { runs: [[100, all - 100]] }] },
    ]);
    expect(await report(b, a, '--key', vkey)).toMatchObject([1, { faults: [{ kind: 'files' }] }]);
  });

  it('reads what is compressed by zstd, and refuses it damaged', async () => {
    const packed = zstdCompressSync(whole);
    writeFileSync(file('whole.ndjson.zst'), packed);
    expect(await report(file('whole.ndjson.zst'), '--key', vkey)).toMatchObject([0, { verified: true }]);
    writeFileSync(file('cut.ndjson.zst'), packed.subarray(0, packed.length - 50));
    const ran = await cli('audit', 'verify', file('cut.ndjson.zst'), '--key', vkey);
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain('cut.ndjson.zst is damaged');
  });

  it('refuses another log or tenant than the one that is meant', async () => {
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
    [['whole.ndjson', '--witness', verifierText(witness), '--quorum', '2']],
    [['whole.ndjson', '--checkpoint', 'nowhere']],
    [['whole.ndjson', '--mirror', 'nowhere']],
  ])('%j cannot be asked, exit code 2', async (args) => {
    const ran = await cli('audit', 'verify', join(home, args[0]!), ...args.slice(1));
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toMatch(/^interlock: /);
  });
});

describe('interlock audit verify without a file', () => {
  beforeAll(pinKey);
  const serve = (body: string, note = log.checkpoint(), breaks = false): void => {
    answers.set('/api/v1/audit/checkpoint', { body: note });
    answers.set('/api/v1/audit/export', { body, breaks });
  };

  it('asks the running log, its checkpoint first, and the mirrors before it', async () => {
    serve(whole, log.checkpoint(150));
    mkdirSync(file('mirror/log.example_demo'), { recursive: true });
    for (const size of [10, 120]) file(`mirror/log.example_demo/${size}`, log.checkpoint(size));
    file('mirror/README', 'no checkpoint');
    expect(await report('--mirror', file('mirror'))).toMatchObject([
      0,
      {
        verified: true,
        checkpoints: [{ size: 150, says: 'earlier' }, { says: 'earlier' }, { says: 'earlier' }],
      },
    ]);
    expect(asked.slice(-2)).toEqual(['/api/v1/audit/checkpoint', '/api/v1/audit/export']);
  });

  it('finds a log that was rewritten after it was mirrored, or cut back', async () => {
    const rewritten = new Sealing(
      log.lines.map((line, i) =>
        i === 20 ? line.replace('"schema_version":1', '"schema_version":2') : line,
      ),
    );
    serve(await rewritten.export(), rewritten.checkpoint());
    expect(await report('--mirror', file('mirror'))).toMatchObject([1, { faults: [{ kind: 'history' }] }]);
    serve(await log.export([[0, 100]], 100), log.checkpoint(100));
    expect(await report('--mirror', file('mirror'))).toMatchObject([1, { faults: [{ kind: 'older' }] }]);
    serve(await log.export([[0, 100]], 100), log.checkpoint(110));
    expect(await report()).toMatchObject([1, { faults: [{ kind: 'older' }] }]);
  });

  it("names where an answer broke off, and refuses another tenant's", async () => {
    serve(joined(log.lines.slice(0, 30)), log.checkpoint(), true);
    const ran = await cli('audit', 'verify');
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('the export broke off')]);
    expect(ran.stdout).toContain('line 30');
    serve(whole);
    expect((await cli('--tenant', 'globex', 'audit', 'verify')).code).toBe(1);
    answers.clear();
    expect((await cli('audit', 'verify')).code).toBe(2);
  });

  it('takes a system that says itself what is wrong at its word, exit code 1', async () => {
    serve(whole);
    answers.set('/api/v1/audit/export', {
      status: 503,
      body: '{"code":"tree-inconsistent","detail":"the event at position 87 is not what its leaf was made of"}',
    });
    expect(await report()).toMatchObject([
      1,
      { verified: false, faults: [{ kind: 'log', what: expect.stringContaining('position 87') }] },
    ]);
    answers.set('/api/v1/audit/export', {
      status: 404,
      body: '{"code":"no-checkpoint","detail":"nothing of this tree was signed yet"}',
    });
    const ran = await cli('audit', 'verify');
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([
      2,
      '',
      'interlock: the export was refused: no-checkpoint: nothing of this tree was signed yet\n',
    ]);
  });
});
