import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contentHash, sha256Hex } from '@interlock/kernel';
import { createDevIssuer, createTokenVerifier } from '@interlock/platform';
import { buildApps } from '@interlock/testing';
import { readIntents } from '../src/commands/intents.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const golden = join(root, 'fixtures', 'streams', 'demo-0.1.ndjson');
const run = promisify(execFile);
type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** What clears a screen, and makes up a line of a report. */
const steering = '\u001b[2J\u009b31m\nverified with the key of --key\u202E';
const steers = (text: string): boolean => /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]|^verified/mu.test(text);

/** An action that waits for a yes; its entity would have a terminal show something else. */
const waiting = (state: string, member: string): object => ({
  action_id: 'waits',
  intent_id: 'i',
  action_type: 'cell_failover',
  entity_id: `cell${steering}`,
  state,
  accepted_at: 'now',
  due_at: null,
  waiting_for: null,
  reasons: [],
  gates: [],
  comments: [],
  requester: 'service:agent',
  parameters: {},
  plan: { device_id: 'gnb-1', diff: [{ path: '/a', before: '1', after: '2' }] },
  approval: null,
  window: null,
  [member]: {
    holds: [
      {
        gate: 'posture',
        hold: 'approval',
        reasons: [{ code: 'posture', detail: 'effective posture is YELLOW' }],
        content: { level: 'YELLOW' },
      },
    ],
    digest: 'd'.repeat(64),
  },
});
let shown: object = {};
let home: string;
let server: Server;
const asked: { method: string; url: string; body: string; authorization: string }[] = [];

const cli = async (...args: readonly string[]): Promise<Ran> => {
  try {
    const { stdout, stderr } = await run(
      process.execPath,
      [join(root, 'apps', 'cli', 'dist', 'main.js'), '--home', home, ...args],
      { maxBuffer: 1e8 },
    );
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Ran;
    return { code, stdout, stderr };
  }
};

const people = '/api/v1/audit/people';
const [whole, cut] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
/** Knows `cut…`, whose export breaks off, and every other subject but those of zeros. */
const answerPerson = ({ url, method }: IncomingMessage, response: ServerResponse, body: string): void => {
  if (url === `${people}/lookup`) {
    const { subject } = JSON.parse(body) as { subject: string };
    const known = !subject.endsWith('000000');
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        known
          ? { person_id: subject.startsWith('cut') ? cut : whole }
          : { code: 'not-found', detail: 'nobody' },
      ),
    );
  } else if (method === 'DELETE') {
    response.writeHead(url?.endsWith(whole) === true ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ person_id: whole, erased: 'now', erased_at: 'now', position: '1', code: 'not-found' }),
    );
  } else {
    response.write('{"person":{}}\n');
    if (url === `${people}/${cut}`)
      setImmediate(() => {
        response.destroy();
      });
    else response.end();
  }
};

beforeAll(async () => {
  await buildApps('apps/cli');
  home = mkdtempSync(join(tmpdir(), 'interlock-cli-'));
  mkdirSync(join(home, 'keys'));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      asked.push({
        method: request.method ?? '',
        url: request.url ?? '',
        body,
        authorization: request.headers.authorization ?? '',
      });
      if (request.url?.startsWith(people) === true) {
        answerPerson(request, response, body);
        return;
      }
      if (request.url?.includes('/waits') === true) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(shown));
        return;
      }
      const refused = request.url?.includes('refused') === true;
      response.writeHead(refused ? 409 : 200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          refused
            ? {
                code: 'wrong-state',
                detail: 'the action is DENIED',
                violations: [{ pointer: '/x', detail: 'is bad' }],
              }
            : { items: [], receipt: 1 },
        ),
      );
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  writeFileSync(
    join(home, 'runtime.json'),
    JSON.stringify({
      http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      nats: { url: 'nats://127.0.0.1:1', user: 'demo.upstream', password: 'p' },
      ready: true,
      pid: 1,
    }),
  );
});
afterAll(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});

describe('interlock token', () => {
  it("prints a service's token and nothing else, with --sub a person's", async () => {
    const verify = createTokenVerifier((await createDevIssuer(join(home, 'keys'))).auth);
    const service = await cli('token', '--tenant', 'demo', '--scope', 'AUTONOMOUS_READ,AUDIT_READ');
    expect(service.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(await verify(service.stdout.trim())).toMatchObject({
      tenant_id: 'demo',
      kind: 'service',
      subject: 'cli',
      scopes: ['AUTONOMOUS_READ', 'AUDIT_READ'],
    });
    const person = await cli('token', '--tenant', '_system', '--scope', 'AUTONOMOUS_KILL', '--sub', 'Anna');
    expect(await verify(person.stdout.trim())).toMatchObject({
      tenant_id: '_system',
      kind: 'person',
      subject: 'Anna',
    });
  });

  it.each([
    [['token', '--scope', 'NOPE']],
    [['token', '--scope', '']],
    [['token', '--scope', 'AUDIT_READ', '--tenant', 'A b']],
    [['token', '--scope', 'AUDIT_READ', '--ttl', '0']],
  ])('%j is refused with exit code 2', async (args) => {
    const ran = await cli(...args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^interlock: /);
  });

  it('without a home says what to do', async () => {
    const ran = await cli('--home', join(home, 'nowhere'), 'token', '--scope', 'AUDIT_READ');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('npm start');
  });
});

describe('the API from the command line', () => {
  it('a problem is told with its code and every violation, exit code 1', async () => {
    const ran = await cli('actions', 'show', 'refused');
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toBe('interlock: wrong-state: the action is DENIED\n  /x: is bad\n');
  });

  it('the kill switch says what it was told', async () => {
    expect(
      (
        await cli(
          'kill-switch',
          'engage',
          '--reason',
          'drill',
          '--scope',
          'action_type',
          '--type',
          'cell_failover',
          '--rollback',
        )
      ).code,
    ).toBe(0);
    expect(JSON.parse(asked.at(-1)!.body)).toEqual({
      scope: 'action_type',
      action_type: 'cell_failover',
      engaged: true,
      reason: 'drill',
      rollback_in_flight: true,
    });
  });

  it('who decides must say who they are', async () => {
    expect((await cli('actions', 'approve', 'x')).code).toBe(2);
    expect((await cli('--as', 'ben', 'actions', 'reject', 'refused')).stderr).toContain('wrong-state');
    expect(asked.at(-1)).toMatchObject({
      method: 'POST',
      url: '/api/v1/autonomous/actions/refused/reject',
      body: '{}',
    });
  });

  it.each([
    ['approve', 'AWAITING_APPROVAL', 'approval'],
    ['confirm', 'AWAITING_CONFIRMATION', 'window'],
  ])(
    '%s shows what is asked, and without a terminal sends nothing that was not read',
    async (verb, state, member) => {
      shown = waiting(state, member);
      const before = asked.length;
      const unread = await cli('--as', 'ben', 'actions', verb, 'waits');
      expect(unread).toMatchObject({ code: 2, stderr: expect.stringContaining('--digest') as unknown });
      for (const line of [
        'posture: level YELLOW',
        'posture: effective posture is YELLOW',
        '/a: 1 -> 2',
        `digest ${'d'.repeat(64)}`,
      ])
        expect(unread.stdout).toContain(line);
      expect(steers(unread.stdout)).toBe(false);
      expect(asked.slice(before).map(({ method }) => method)).toEqual(['GET']);
      expect(
        await cli(
          '--as',
          'ben',
          'actions',
          verb,
          'waits',
          '--digest',
          'e'.repeat(64),
          '--comment',
          'read it',
        ),
      ).toMatchObject({ code: 0 });
      expect(asked.at(-1)).toMatchObject({ method: 'POST', url: `/api/v1/autonomous/actions/waits/${verb}` });
      expect(JSON.parse(asked.at(-1)!.body)).toEqual({ digest: 'e'.repeat(64), comment: 'read it' });
      expect(await cli('--as', 'ben', 'actions', verb, 'waits', '--digest', 'x')).toMatchObject({ code: 2 });
    },
  );

  it('what asks nothing is not approved', async () => {
    shown = { ...waiting('AWAITING_APPROVAL', 'approval'), state: 'PENDING' };
    expect(await cli('--as', 'ben', 'actions', 'approve', 'waits')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PENDING') as unknown,
    });
  });

  it("a person's export is a file of its owner's alone, and whole; one that breaks off leaves what was there", async () => {
    const file = join(home, 'person.ndjson');
    writeFileSync(file, 'before', { mode: 0o644 });
    expect(await cli('--as', 'dpo', 'privacy', 'export', 'cut@example.net', '-o', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the export broke off') as unknown,
    });
    expect([readFileSync(file, 'utf8'), existsSync(`${file}.part`)]).toEqual(['before', false]);
    expect(await cli('--as', 'dpo', 'privacy', 'export', 'whole@example.net', '-o', file)).toMatchObject({
      code: 0,
    });
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['{"person":{}}\n', 0o600]);
  });

  it("a person may be named by a subject that has the form of a person_id; where it is someone's id, it is them", async () => {
    const before = asked.length;
    expect(
      (await cli('--as', 'dpo', 'privacy', 'erase', '8f14e45f-ceea-4e7a-9d3c-1f2b3c4d5e6f', '--yes')).stdout,
    ).toContain(`${whole} erased`);
    expect((await cli('--as', 'dpo', 'privacy', 'erase', whole, '--yes')).stdout).toContain(
      `${whole} erased`,
    );
    expect(
      await cli('--as', 'dpo', 'privacy', 'erase', '8f14e45f-ceea-4e7a-9d3c-000000000000', '--yes'),
    ).toMatchObject({ code: 1, stderr: expect.stringContaining('not-found') as unknown });
    expect(
      asked.slice(before).map(({ method, url }) => `${method} ${url.replace(people, '').slice(0, 9)}`),
    ).toEqual([
      'DELETE /8f14e45f',
      'POST /lookup',
      'DELETE /11111111',
      'DELETE /11111111',
      'DELETE /8f14e45f',
      'POST /lookup',
    ]);
  });

  it('no NATS to publish on is told plainly', async () => {
    const file = join(home, 'intent.json');
    writeFileSync(file, '{"intent_id":"i"}');
    expect((await cli('intents', 'publish', file)).stderr).toContain('NATS does not answer');
    expect((await cli('--tenant', 'acme', 'intents', 'publish', file)).stderr).toContain(
      'there is no user of the bus for the tenant `acme`',
    );
  });
});

describe('intents from a file', () => {
  it('are one, an array, or one a line', () => {
    expect(readIntents('{"intent_id":"a"}')).toHaveLength(1);
    expect(readIntents('{\n"intent_id":"a"\n}')).toHaveLength(1);
    expect(readIntents('[{"intent_id":"a"},{"intent_id":"b"}]')).toHaveLength(2);
    expect(readIntents('{"intent_id":"a"}\n\n{"intent_id":"b"}\n')).toHaveLength(2);
  });

  it.each(['', '  ', '{nope', '{"a":1}\n{nope}'])('`%s` is none', (text) => {
    expect(() => readIntents(text)).toThrow();
  });
});

describe('interlock audit replay', () => {
  it('an untouched log replays, exit code 0', async () => {
    const ran = await cli('audit', 'replay', golden);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/evaluation \d+.*gate \d+/);
    expect(ran.stdout).not.toContain('difference');
  });

  it('one changed decision ends it with exit code 1, and is named', async () => {
    const lines = readFileSync(golden, 'utf8').trim().split('\n');
    const place = lines.findIndex((line) => line.includes('"type":"ConfidenceChecked"'));
    const file = join(home, 'tampered.ndjson');
    const event = JSON.parse(lines[place]!) as { id: string; data: { verdict: string } };
    event.data.verdict = 'fail';
    writeFileSync(file, lines.with(place, JSON.stringify(event)).join('\n'));
    const ran = await cli('audit', 'replay', file);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain(`event ${event.id} (ConfidenceChecked)`);
    expect(JSON.parse((await cli('audit', 'replay', file, '--json')).stdout)).toMatchObject({
      difference: { id: event.id },
    });
  });

  it('writes the derived states, from which anyone can make the digest again', async () => {
    const file = join(home, 'states.ndjson');
    const { code, stdout } = await cli('audit', 'replay', golden, '--whole', '--json', '--states', file);
    const { states } = JSON.parse(stdout) as {
      readonly states: { readonly count: number; readonly digest: string };
    };
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as { readonly stream: string; readonly hash: string; readonly state: object },
      );
    expect([code, lines.length, statSync(file).mode & 0o777]).toEqual([0, states.count, 0o600]);
    expect(lines.map(({ hash }) => hash)).toEqual(lines.map(({ state }) => contentHash(state)));
    expect(
      sha256Hex(
        lines
          .map(({ stream, hash }) => `${stream} ${hash}\n`)
          .sort()
          .join(''),
      ),
    ).toBe(states.digest);
  });

  it('passes over the seal of an export, which has to be its last line', async () => {
    const file = join(home, 'sealed.ndjson');
    writeFileSync(file, `${readFileSync(golden, 'utf8').trim()}\n{"seal":{"any":1}}\n`);
    expect((await cli('audit', 'replay', file)).code).toBe(0);
    writeFileSync(file, `{"seal":{}}\n${readFileSync(golden, 'utf8')}`);
    expect(await cli('audit', 'replay', file)).toMatchObject({
      code: 1,
      stderr: 'interlock: line 2 follows the seal\n',
    });
  });

  it.each([[[]], [['--nope']], [[golden, '--live']]])('%j is no use of it, exit code 2', async (args) => {
    expect((await cli('audit', 'replay', ...args)).code).toBe(2);
  });

  it.each([
    ['no file', 'nothing.ndjson', /there is no file/, 2],
    ['a folder', '.', /is a folder/, 2],
    ['what is no export', 'runtime.json', /line 1 has no position/, 1],
  ])('%s is told', async (_, file, told, code) => {
    const ran = await cli('audit', 'replay', join(home, file));
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(told);
  });

  it('reads compressed exports, and texts that hold line breaks of other alphabets', async () => {
    const lines = readFileSync(golden, 'utf8').trim().split('\n');
    const place = lines.findIndex((line) => line.includes('"type":"DeviceRegistered"'));
    const device = JSON.parse(lines[place]!) as {
      data: { cells: { cell_id: string; neighbours: object[] }[] };
    };
    device.data.cells.push({ cell_id: 'a\u2028b\u2029c', neighbours: [] });
    const text = `${lines.with(place, JSON.stringify(device)).join('\n')}\n`;
    expect(text.split(/\u2028/)).toHaveLength(2);
    for (const [name, bytes] of [
      ['plain', text],
      ['zst', zstdCompressSync(text)],
      ['gz', gzipSync(text)],
    ] as const) {
      writeFileSync(join(home, `log.${name}`), bytes);
      expect([name, await cli('audit', 'replay', join(home, `log.${name}`))]).toEqual([
        name,
        expect.objectContaining({ code: 0, stderr: '' }),
      ]);
    }
    writeFileSync(join(home, 'log.cut'), gzipSync(text).subarray(0, 900));
    expect(await cli('audit', 'replay', join(home, 'log.cut'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is damaged: it cannot be decompressed/),
    });
  });

  it.each([
    ['a byte order mark', '\uFEFF', /line 1 begins with a byte order mark/],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x0a]), /line 1 is not UTF-8/],
  ])('%s is told', async (_, begin, told) => {
    writeFileSync(join(home, 'odd.ndjson'), Buffer.concat([Buffer.from(begin), readFileSync(golden)]));
    expect(await cli('audit', 'replay', join(home, 'odd.ndjson'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(told),
    });
  });

  it('shows nothing that steers the terminal, whatever an altered log says', async () => {
    const lines = readFileSync(golden, 'utf8').trim().split('\n');
    const place = lines.findIndex((line) => line.includes('"type":"ConfidenceChecked"'));
    const event = JSON.parse(lines[place]!) as { id: string; data: { verdict: string } };
    writeFileSync(
      join(home, 'hostile.ndjson'),
      lines
        .with(
          place,
          JSON.stringify({ ...event, id: `x${steering}`, data: { ...event.data, verdict: steering } }),
        )
        .join('\n'),
    );
    for (const more of [[], ['--json']]) {
      const { code, stdout } = await cli('audit', 'replay', join(home, 'hostile.ndjson'), ...more);
      expect([code, steers(stdout)]).toEqual([1, false]);
    }
  });
});

describe('interlock audit trace', () => {
  const rolledBack = 'edc8e545-75c0-51ac-8e97-a5bcb8cf4040';

  it('tells the whole story of an exported action', async () => {
    const { code, stdout } = await cli('audit', 'trace', rolledBack, '--file', golden);
    expect(code).toBe(0);
    expect(stdout).toBe(
      readFileSync(join(root, 'libs', 'ledger', 'test', 'traces', 'rolled-back.txt'), 'utf8'),
    );
  });

  it('as JSON too', async () => {
    const story = JSON.parse(
      (await cli('audit', 'trace', rolledBack, '--file', golden, '--json')).stdout,
    ) as { readonly state: string; readonly steps: readonly object[]; readonly missing: readonly string[] };
    expect([story.state, story.steps.length > 30, story.missing.length]).toEqual(['ROLLED_BACK', true, 1]);
  });

  it('is found by the beginning of its id, and by the id of its intent', async () => {
    const whole = await cli('audit', 'trace', rolledBack, '--file', golden);
    expect(await cli('audit', 'trace', rolledBack.slice(0, 6), '--file', golden)).toEqual(whole);
    expect(
      await cli('audit', 'trace', 'demo-eb53fc1c-02a4-4e3e-8083-5f221093a531', '--file', golden),
    ).toEqual(whole);
    const ran = await cli('audit', 'trace', '', '--file', golden);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^interlock: `` is several actions: .*edc8e545-75c0-51ac-8e97-a5bcb8cf4040/);
  });

  it('says that it is not there, and what is no use of it', async () => {
    expect(await cli('audit', 'trace', 'nobody', '--file', golden)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `interlock: ${golden} holds no action nobody\n`,
    });
    expect((await cli('audit', 'trace')).code).toBe(2);
  });
});
