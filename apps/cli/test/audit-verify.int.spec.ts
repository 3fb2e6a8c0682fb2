import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signerKey, verifierText, type Verification } from '@interlock/ledger';
import { createDevIssuer } from '@interlock/platform';
import { logKey, Sealing } from './sealing.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const main = join(root, 'apps', 'cli', 'dist', 'main.js');
const run = promisify(execFile);
type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

const log = new Sealing(readFileSync(join(root, 'fixtures', 'streams', 'demo-0.1.ndjson'), 'utf8').trim().split('\n'));
const all = log.lines.length;
const vkey = verifierText(logKey);
const witness = signerKey('witness.example', 'cosignature', new Uint8Array(32).fill(7));

let home: string;
let server: Server;
let whole: string;
/** What the server answers, by path. */
const answers = new Map<string, { readonly status?: number; readonly body: string; readonly breaks?: boolean }>();
const asked: string[] = [];

const cli = async (...args: readonly string[]): Promise<Ran> => {
  try {
    return { code: 0, ...await run(process.execPath, [main, '--home', home, ...args], { maxBuffer: 1e8 }) };
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
const report = async (...args: readonly string[]): Promise<readonly [number, Verification]> => {
  const { code, stdout } = await cli('audit', 'verify', '--json', ...args);
  return [code, JSON.parse(stdout) as Verification];
};

beforeAll(async () => {
  await run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', 'apps/cli'], { cwd: root });
  home = mkdtempSync(join(tmpdir(), 'interlock-verify-'));
  mkdirSync(join(home, 'keys'));
  await createDevIssuer(join(home, 'keys'));
  whole = await log.export();
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers.get(new URL(request.url ?? '', 'http://x').pathname) ?? { status: 404, body: '{"code":"unknown"}' };
    response.writeHead(answer.status ?? 200, { 'content-type': 'text/plain', ...(answer.breaks === true ? { 'content-length': String(answer.body.length * 2) } : {}) });
    response.write(answer.body, () => { if (answer.breaks === true) response.destroy(); });
    if (answer.breaks !== true) response.end();
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  writeFileSync(join(home, 'runtime.json'), JSON.stringify({ http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, nats: { url: 'nats://127.0.0.1:1', user: 'u', password: 'p' }, ready: true, pid: 1 }));
});
afterAll(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});

describe('interlock audit export', () => {
  it('writes the sealed log for the caller\'s eyes only, and says what it holds', async () => {
    answers.set('/api/v1/audit/export', { body: whole });
    const ran = await cli('audit', 'export', '-o', file('log.ndjson'), '--after', '5', '--until', '900', '--category', 'action,budget', '--stream', 'action-demo:1', '--limit', '7');
    expect(ran).toEqual({ code: 0, stdout: '', stderr: `${file('log.ndjson')}: ${all} events, sealed by the checkpoint of ${all} leaves of \`log.example/demo\`\n` });
    expect(asked.at(-1)).toBe('/api/v1/audit/export?after=5&until=900&category=action%2Cbudget&stream=action-demo%3A1&limit=7');
    expect(readFileSync(file('log.ndjson'), 'utf8')).toBe(whole);
    expect(statSync(file('log.ndjson')).mode & 0o777).toBe(0o600);
    expect((await cli('audit', 'export')).stdout).toBe(whole);
  });

  it.each([['breaks', { breaks: true }], ['ends without its seal', {}]])('leaves no file where the answer %s, and keeps the one that is there', async (_, how) => {
    answers.set('/api/v1/audit/export', { body: whole.slice(0, whole.length - 10), ...how });
    writeFileSync(file('kept.ndjson'), 'before');
    for (const name of ['none.ndjson', 'kept.ndjson']) {
      const ran = await cli('audit', 'export', '-o', file(name));
      expect([ran.code, ran.stdout]).toEqual([1, '']);
      expect(ran.stderr).toMatch(/^interlock: the export broke off: /);
    }
    expect([existsSync(file('none.ndjson')), existsSync(file('none.ndjson.part')), readFileSync(file('kept.ndjson'), 'utf8')]).toEqual([false, false, 'before']);
    expect((await cli('audit', 'export')).code).toBe(1);
  });
});

describe('interlock audit verify', () => {
  it('verifies a file with the public key alone, exit code 0', async () => {
    const ran = await cli('audit', 'verify', file('whole.ndjson', whole), '--key', vkey);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toContain(`${all} events, leaves 0 to ${all - 1} of \`log.example/demo\``);
    expect(ran.stdout.trimEnd().split('\n').at(-1)).toBe('verified with the key of --key');
  });
});
