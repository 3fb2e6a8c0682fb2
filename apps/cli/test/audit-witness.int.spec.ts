import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  parseNote,
  parseVerifier,
  rotationNote,
  signerKey,
  verifiedBy,
  verifierText,
  type VerifierKey,
} from '@interlock/tree';
import {
  buildApps,
  commandLine,
  type Guarded,
  runProgram,
  type RunResult,
  startGuarded,
} from '@interlock/testing';
import { logKey, Sealing } from './sealing.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
type Answer = { readonly status: number; readonly type: string; readonly body: string };

const golden = readFileSync(join(root, 'fixtures', 'streams', 'demo.ndjson'), 'utf8')
  .trim()
  .split('\n');
const log = new Sealing(golden, 'log.example');
const next = signerKey('log.example', 'note', new Uint8Array(32).fill(2));

let folder: string;
let witness: VerifierKey;
let running: Guarded | undefined;
let base = '';
let serial = 0;

const cli = (...args: readonly string[]): Promise<RunResult> =>
  runProgram(process.execPath, [commandLine, ...args]);
const path = (name: string): string => join(folder, name);
const start = async (state: string, ...more: readonly string[]): Promise<void> => {
  running = await startGuarded({
    program: process.execPath,
    args: [
      commandLine,
      'audit',
      'witness',
      '--key',
      path('w.key'),
      '--log',
      verifierText(logKey),
      '--state',
      path(state),
      '--port',
      '0',
      ...more,
    ],
    ready: /^listening on (http:\/\/\S+) for log\.example$/m,
    pidFile: path('pid'),
  });
  base = running.match[1]!;
};
const stop = async (): Promise<void> => {
  await running?.stop();
  running = undefined;
};
const kill = async (): Promise<void> => {
  process.kill(Number(readFileSync(path('pid'), 'utf8')), 'SIGKILL');
  await running!.ended;
  running = undefined;
};
const fresh = (): string => `state-${(serial += 1)}.json`;
const post = async (body: string, route = '/add-checkpoint', method = 'POST'): Promise<Answer> => {
  const response = await fetch(`${base}${route}`, { method, ...(method === 'GET' ? {} : { body }) });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: await response.text(),
  };
};
const add = async (from: number, to: number, of = log): Promise<Answer> =>
  post(['old ' + String(from), ...(await of.consistency(from, to)), '', of.checkpoint(to)].join('\n'));
const seen = (origin: string): Promise<Answer> =>
  post('', `/${createHash('sha256').update(origin).digest('hex')}/checkpoint`, 'GET');
const stored = (state: string): { readonly [origin: string]: { readonly size: number } } =>
  (JSON.parse(readFileSync(path(state), 'utf8')) as { origins: { [origin: string]: { size: number } } })
    .origins;

beforeAll(async () => {
  await buildApps('apps/cli');
  folder = mkdtempSync(join(tmpdir(), 'interlock-witness-'));
  const made = await cli('audit', 'witness', '--key', path('w.key'), '--new-key', 'witness.example/w1');
  expect([made.code, made.stderr]).toEqual([0, '']);
  witness = parseVerifier(made.stdout.trim())!;
});
afterEach(stop);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a witness's key", () => {
  it('is readable only by its owner, has its public part printed, and is never replaced', async () => {
    expect(witness).toMatchObject({ name: 'witness.example/w1', kind: 'cosignature' });
    expect(statSync(path('w.key')).mode & 0o777).toBe(0o600);
    const before = readFileSync(path('w.key'), 'utf8');
    expect(
      (await cli('audit', 'witness', '--key', path('w.key'), '--new-key', 'witness.example/w1')).code,
    ).toBe(2);
    expect((await cli('audit', 'witness', '--key', path('x.key'), '--new-key', 'two words')).code).toBe(2);
    expect([readFileSync(path('w.key'), 'utf8'), existsSync(path('x.key'))]).toEqual([before, false]);
  });

  it.each([
    ['no log', ['--state', 's']],
    ['no state', ['--log', verifierText(logKey)]],
    ['a log that is none', ['--log', 'log.example', '--state', 's']],
    ['a port that is none', ['--log', verifierText(logKey), '--state', 's', '--port', 'x']],
  ])('with %s it does not start, exit code 2', async (_, args) => {
    expect(await cli('audit', 'witness', '--key', path('w.key'), ...args)).toMatchObject({
      code: 2,
      stdout: '',
    });
  });
});

describe('interlock audit witness', () => {
  it('cosigns a growing log, with the state on disk', async () => {
    const state = fresh();
    await start(state);
    for (const [from, to] of [
      [0, 5],
      [5, 100],
      [100, 100],
    ] as const) {
      const { status, body } = await add(from, to);
      expect([status, verifiedBy(parseNote(log.checkpoint(to) + body)!, [witness])?.length]).toEqual([
        200, 1,
      ]);
      expect(stored(state)['log.example']!.size).toBe(to);
    }
    expect(stored(state)).toMatchObject({ 'log.example': { size: 100 } });
    expect(statSync(path(state)).mode & 0o777).toBe(0o600);
  });

  it('answers as the specification says', async () => {
    await start(fresh());
    expect((await add(0, 50)).status).toBe(200);
    expect(await add(0, 60)).toEqual({ status: 409, type: 'text/x.tlog.size', body: '50\n' });
    expect((await add(50, 60, new Sealing(golden.toReversed(), 'log.example'))).status).toBe(422);
    expect(
      (
        await add(
          0,
          10,
          new Sealing(
            golden,
            'other.example',
            signerKey('other.example', 'note', new Uint8Array(32).fill(3)),
          ),
        )
      ).status,
    ).toBe(404);
    expect((await add(50, 60, new Sealing(golden, 'log.example', next))).status).toBe(403);
    expect((await post('old 1\n')).status).toBe(400);
    expect((await post('', '/')).status).toBe(404);
    expect((await post('', '/add-checkpoint', 'GET')).status).toBe(405);
    expect((await post('x'.repeat(200_000))).status).toBe(413);
    const latin = await fetch(`${base}/add-checkpoint`, {
      method: 'POST',
      body: Buffer.from(`old 50\n\n${log.checkpoint(60)}`, 'latin1'),
    });
    expect(latin.status).toBe(400);
    expect((await add(50, 60)).status).toBe(200);
  });

  it("remembers after a restart and after kill -9, and takes over a killed witness's state", async () => {
    const state = fresh();
    await start(state);
    expect((await add(0, 20)).status).toBe(200);
    await stop();
    await start(state);
    expect((await add(0, 30)).body).toBe('20\n');
    expect((await add(20, 30)).status).toBe(200);
    await kill();
    await start(state);
    expect((await add(0, 40)).body).toBe('30\n');
  });

  it('shows the last cosigned checkpoint of an origin, with both signatures, also after a restart', async () => {
    const state = fresh();
    await start(state);
    expect((await seen('log.example')).status).toBe(404);
    const { body } = await add(0, 20);
    expect(await seen('log.example')).toMatchObject({
      status: 200,
      type: 'text/plain; charset=utf-8',
      body: log.checkpoint(20) + body,
    });
    expect((await add(20, 30)).status).toBe(200);
    await stop();
    await start(state);
    const note = parseNote((await seen('log.example')).body)!;
    expect(verifiedBy(note, [parseVerifier(verifierText(logKey))!, witness])).toHaveLength(2);
    expect(note.text).toContain('\n30\n');
    expect((await seen('log.example/demo')).status).toBe(404);
    expect((await post('', '/nothing/checkpoint', 'GET')).status).toBe(404);
  });

  it('has stored every cosigned checkpoint when it is killed at any moment', async () => {
    const state = fresh();
    let warnings = 0;
    for (let round = 0; round < 3; round += 1) {
      await start(state);
      const at = Number((await add(0, 1)).body.trim()) || 0;
      expect(at).toBeGreaterThanOrEqual(warnings);
      let size = at === 0 ? 1 : at;
      warnings = Math.max(warnings, size);
      const growing = (async () => {
        for (; size < log.lines.length; size += 1) {
          const { status } = await add(size, size + 1);
          if (status === 200) warnings = size + 1;
        }
      })().catch(() => undefined);
      const goal = warnings + 8;
      await Promise.race([
        growing,
        (async () => {
          while (warnings < goal) await add(0, 1);
        })(),
      ]);
      await kill();
      await growing;
      expect(stored(state)['log.example']!.size).toBeGreaterThanOrEqual(warnings);
    }
  });

  it('accepts one of many simultaneous requests, and never goes back', async () => {
    const state = fresh();
    await start(state);
    expect((await add(0, 10)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => add(10, 11 + i)));
    const cosigned = answers.flatMap(({ status }, i) => (status === 200 ? [11 + i] : []));
    expect(cosigned).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body === `${cosigned[0]!}\n`)).toHaveLength(
      39,
    );
    expect(stored(state)['log.example']!.size).toBe(cosigned[0]);
  });

  it('is the only process with its state, and refuses an unreadable state', async () => {
    const state = fresh();
    await start(state);
    const second = await cli(
      'audit',
      'witness',
      '--key',
      path('w.key'),
      '--log',
      verifierText(logKey),
      '--state',
      path(state),
      '--port',
      '0',
    );
    expect([second.code, second.stdout]).toEqual([2, '']);
    expect(second.stderr).toContain('another witness');
    for (const content of ['', '{', '{"origins":{"log.example":{"size":-1,"root":""}}}']) {
      writeFileSync(path('broken.json'), content);
      expect(
        await cli(
          'audit',
          'witness',
          '--key',
          path('w.key'),
          '--log',
          verifierText(logKey),
          '--state',
          path('broken.json'),
          '--port',
          '0',
        ),
      ).toMatchObject({ code: 2, stdout: '' });
    }
  });

  it("trusts a log's next key if its chain is given", async () => {
    const chain = {
      origin: 'log.example',
      first: verifierText(logKey),
      rotations: [rotationNote(logKey, next)],
      keys: [],
    };
    writeFileSync(path('chain.json'), JSON.stringify(chain));
    await start(fresh(), '--chain', path('chain.json'));
    expect((await add(0, 10)).status).toBe(200);
    expect((await add(10, 20, new Sealing(golden, 'log.example', next))).status).toBe(200);
    await stop();
    const forger = signerKey('log.example', 'note', new Uint8Array(32).fill(9));
    writeFileSync(
      path('forged.json'),
      JSON.stringify({ first: verifierText(forger), rotations: [rotationNote(forger, next)] }),
    );
    expect(
      (
        await cli(
          'audit',
          'witness',
          '--key',
          path('w.key'),
          '--log',
          verifierText(logKey),
          '--state',
          path(fresh()),
          '--chain',
          path('forged.json'),
        )
      ).code,
    ).toBe(2);
  });

  it('keeps a connection for the next request', async () => {
    await start(fresh());
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (const [from, to] of [
      [0, 5],
      [5, 6],
    ] as const) {
      const body = [`old ${from}`, ...(await log.consistency(from, to)), '', log.checkpoint(to)].join('\n');
      const status = await new Promise<number>((resolve, reject) => {
        const sent = request(`${base}/add-checkpoint`, { method: 'POST', agent }, (response) => {
          ports.add(response.socket.localPort);
          response.resume().once('end', () => resolve(response.statusCode!));
        });
        sent.once('error', reject).end(body);
      });
      expect(status).toBe(200);
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  it('limits how long it waits for an unfinished request', async () => {
    await start(fresh());
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    socket.write('POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold 0');
    const text = await new Promise<string>((resolve) => {
      let all = '';
      socket
        .on('data', (chunk: Buffer) => {
          all += chunk.toString();
        })
        .once('close', () => resolve(all));
    });
    expect(text).toMatch(/^(?:HTTP\/1\.1 408 |$)/);
  });
});
