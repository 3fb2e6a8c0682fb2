import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newMasterKey } from '@interlock/people';
import { createDevIssuer, type DevIssuer } from '@interlock/platform';
import { firstBundleKeys } from '@interlock/policy';
import {
  bareEnvironment,
  buildApps,
  commandLine,
  type Guarded,
  type Parts,
  runProgram,
  type RunResult,
  startGuarded,
  startParts,
  until,
  untilReady,
} from '@interlock/testing';

const root = fileURLToPath(new URL('../../../', import.meta.url));
type Rule = { readonly [name: string]: unknown };

let home: string;
let parts: Parts;
let registry: Guarded;
let issuer: DevIssuer;
let http: string;

const as = (name: string, ...args: readonly string[]): Promise<RunResult> =>
  interlock(['--as', name, 'policy', ...args]);
const interlock = (args: readonly string[]): Promise<RunResult> =>
  runProgram(process.execPath, [commandLine, '--home', home, ...args], { cwd: home, env: bareEnvironment });
const file = (name: string, content: unknown): string => {
  writeFileSync(join(home, name), JSON.stringify(content, null, 2));
  return join(home, name);
};
const rule = (over: Rule = {}): Rule => ({
  id: 'night',
  agent: 'ran-optimizer',
  action: 'cell_failover',
  effect: 'allow',
  priority: 100,
  reason: 'Low-risk failover is routine',
  conditions: [{ field: 'risk_score', op: '<=', value: 40 }],
  ...over,
});
const bundle = (version: string, rules: readonly Rule[] = [rule()]) => ({ version, rules });
const api = async (
  name: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> => {
  const token = await issuer.token({
    tenant: 'demo',
    sub: name,
    kind: 'person',
    scopes: ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'],
  });
  const response = await fetch(`${http}/api/v1/policy${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
};
/** A version in the read model, once it is there. */
const shown = async (version: string): Promise<Record<string, unknown>> => {
  let seen: Record<string, unknown> = {};
  await until(async () => {
    seen = await api('ann', 'GET', `/bundles/version/${version}`);
    return seen['id'] !== undefined;
  }, `version ${version} is shown`);
  return seen;
};

beforeAll(async () => {
  await buildApps('apps/cli', 'apps/interlock', 'apps/policy-registry');
  home = mkdtempSync(join(tmpdir(), 'interlock-policy-live-'));
  [parts, issuer] = await Promise.all([startParts(), createDevIssuer(join(home, 'keys'))]);
  writeFileSync(join(home, 'people-key'), newMasterKey());
  writeFileSync(
    join(home, 'bundle-keys.json'),
    firstBundleKeys({ secret: new Uint8Array(32).fill(1), seed: new Uint8Array(32).fill(2), at: 'test' }),
  );
  registry = await startGuarded({
    program: process.execPath,
    args: ['--no-warnings', join(root, 'apps', 'interlock', 'dist', 'service.js'), 'policy-registry'],
    pidFile: join(home, 'registry.pid'),
    ready: /listening 127\.0\.0\.1:(\d+)/,
    env: {
      ...bareEnvironment,
      EVENT_STORE_URL: parts.log.url,
      NATS_URL: parts.nats.url,
      DATABASE_URL: parts.postgres.connectionString,
      INTERLOCK_AUTH: JSON.stringify(issuer.auth),
      PEOPLE_KEY_FILE: join(home, 'people-key'),
      BUNDLE_KEYS_FILE: join(home, 'bundle-keys.json'),
      INTERLOCK_MIGRATE: 'true',
    },
  });
  http = `http://127.0.0.1:${registry.match[1]!}`;
  writeFileSync(
    join(home, 'runtime.json'),
    JSON.stringify({ http, nats: { url: parts.nats.url, user: 'u', password: 'p' }, ready: true, pid: 1 }),
  );
  await untilReady(http);
});
afterAll(async () => {
  await registry.stop();
  await parts.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('the life of a bundle, from the command line', () => {
  it("is pushed as a draft, pushed again unchanged or changed, and never over another person's work", async () => {
    const path = file('first.json', bundle('1.0.0'));
    expect(await as('ann', 'push', path)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^created: 1\.0\.0 {2}draft {2}[0-9a-f-]{36} {2}revision 0 {2}hash [0-9a-f]{64}\n$/,
      ),
    });
    await shown('1.0.0');
    expect((await as('ann', 'push', path)).stdout).toMatch(/^unchanged: 1\.0\.0 {2}draft .* revision 0 /);
    file('first.json', bundle('1.0.0', [rule({ priority: 101 })]));
    expect((await as('ann', 'push', path)).stdout).toMatch(/^changed: 1\.0\.0 {2}draft .* revision 1 /);
    file('first.json', bundle('1.0.0', [rule({ priority: 102 })]));
    expect(await as('ann', 'push', path, '--if-match', '0')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('stale-revision'),
    });
  });

  it('is refused with every fault, exit code 1', async () => {
    expect(
      await as(
        'ann',
        'push',
        file(
          'bad.json',
          bundle('9.0.0', [
            rule({ effect: 'maybe' }),
            rule({ id: 'b', action: 'warp_drive', conditions: [] }),
          ]),
        ),
      ),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/bundle-invalid[\s\S]*\/rules\/0\/effect[\s\S]*\/rules\/1\/action/),
    });
  });

  it('is activated once another person approved it, and status shows the active one', async () => {
    expect((await as('ann', 'status')).stdout).toBe('no bundle is active\n');
    const { id } = await shown('1.0.0');
    const { bundle_hash, flip_list_hash } = await api('bob', 'POST', `/bundles/${String(id)}/flip-list`, {});
    const digest = String(bundle_hash);
    expect(await as('ann', 'activate', '1.0.0', '--digest', digest)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('approval-required'),
    });
    const { approval_id } = await api('bob', 'POST', `/bundles/${String(id)}/approvals`, {
      bundle_hash,
      flip_list_hash,
      note: 'seen',
    });
    expect(await as('ann', 'activate', '1.0.0')).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(
        new RegExp(`^1\\.0\\.0 {2}draft [\\s\\S]*"night"[\\s\\S]*\ndigest ${digest}\n$`),
      ),
      stderr: expect.stringContaining('--digest'),
    });
    expect(await as('ann', 'activate', '1.0.0', '--digest', '0'.repeat(64))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('approval-mismatch'),
    });
    expect(
      await as('ann', 'activate', '1.0.0', '--digest', digest, '--approval', String(approval_id)),
    ).toMatchObject({ code: 0, stdout: expect.stringMatching(/^activated: 1\.0\.0 {2}active/) });
    await until(
      async () => (await api('ann', 'GET', '/bundles/active'))['active'] !== null,
      'it is shown as active',
    );
    expect((await as('ann', 'status')).stdout).toMatch(/^1\.0\.0 {2}active/);
  });

  it('begins as a canary beside an active one, and status shows its state', async () => {
    await as(
      'ann',
      'push',
      file(
        'second.json',
        bundle('1.1.0', [rule({ conditions: [{ field: 'risk_score', op: '<=', value: 30 }] })]),
      ),
    );
    const { id } = await shown('1.1.0');
    const { bundle_hash, flip_list_hash } = await api('bob', 'POST', `/bundles/${String(id)}/flip-list`, {});
    await api('bob', 'POST', `/bundles/${String(id)}/approvals`, {
      bundle_hash,
      flip_list_hash,
      note: 'stricter',
    });
    expect(await as('ann', 'activate', '1.1.0', '--digest', String(bundle_hash))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^activated: 1\.1\.0 {2}canary 10 %/),
    });
    await until(
      async () => (await api('ann', 'GET', '/bundles/active'))['canary'] !== null,
      'it is shown as canary',
    );
    expect((await as('ann', 'status')).stdout).toMatch(
      /^1\.0\.0 {2}active.*\n1\.1\.0 {2}canary 10 % .*\n {2}at 10 %, dwell until \S+.*gates not passed \(.*decisions.*\), evidence: hold/,
    );
    expect(JSON.parse((await as('ann', 'status', '--json')).stdout)).toMatchObject({
      active: { version: '1.0.0' },
      canary: { version: '1.1.0' },
      rollout: { canary_pct: 10 },
    });
  });

  it('is linted, compared and simulated against the existing ones', async () => {
    const path = file(
      'looser.json',
      bundle('1.2.0', [rule({ conditions: [{ field: 'risk_score', op: '<=', value: 60 }] })]),
    );
    expect(await as('ann', 'lint', path, '--online', '--fail-on', 'warning')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('more_permissive'),
    });
    expect(await as('ann', 'diff', 'active', path)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^active \(1\.0\.0\) → [\s\S]*ABSTAIN → ALLOW/),
    });
    expect(await as('ann', 'compare', '1.0.0', '1.1.0', '--dataset', 'synthetic')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('1.0.0 → 1.1.0: '),
    });
    expect(await as('ann', 'simulate', path, '--dataset', 'replay')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('bundle 1.2.0: 0 cases'),
    });
    expect(await as('ann', 'diff', '7.7.7', path)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('not-found'),
    });
  });
});

describe('a draft without a person as author', () => {
  it('cannot be approved until a person adopts what they read, and then by another person', async () => {
    const pushed = await interlock(['policy', 'push', file('nameless.json', bundle('1.9.0'))]);
    expect(pushed).toMatchObject({ code: 0, stderr: expect.stringContaining('no person is its author yet') });
    const [, hash] = /policy adopt 1\.9\.0 --digest ([0-9a-f]{64})/.exec(pushed.stderr)!;
    const { id } = await shown('1.9.0');
    const approved = (name: string): Promise<Record<string, unknown>> =>
      api(name, 'POST', `/bundles/${String(id)}/approvals`, { bundle_hash: hash, note: 'read' });
    expect(await approved('ben')).toMatchObject({ code: 'person-required' });
    expect(await interlock(['policy', 'adopt', '1.9.0', '--digest', hash!])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--as NAME'),
    });
    expect(await as('ann', 'adopt', '1.9.0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--digest'),
    });
    expect(await as('ann', 'adopt', '1.9.0', '--digest', '0'.repeat(64))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('approval-mismatch'),
    });
    expect(await as('ann', 'adopt', '1.9.0', '--digest', hash!)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^adopted: 1\.9\.0 {2}draft /),
    });
    expect(await approved('Ann')).toMatchObject({ code: 'same-person' });
  });
});

describe('signed files', () => {
  it("from the command line are imported by push, each once, and the registry's exports can be verified", async () => {
    const [keys, signed] = [join(home, 'bundle-keys.json'), join(home, 'signed.json')];
    await interlock(['policy', 'sign', file('third.json', bundle('2.0.0')), '--key', keys, '-o', signed]);
    expect((await as('ann', 'push', signed)).stdout).toMatch(/^imported: 2\.0\.0 {2}draft/);
    expect(await as('ann', 'push', signed)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('bundle-replayed'),
    });
    const { id } = await shown('2.0.0');
    file('exported.json', await api('ann', 'GET', `/bundles/${String(id)}/export`));
    file('public.json', await api('ann', 'GET', '/signing/keys'));
    expect(
      await interlock([
        'policy',
        'verify',
        join(home, 'exported.json'),
        '--keys',
        join(home, 'public.json'),
        '--demand',
        'Ed25519',
      ]),
    ).toMatchObject({ code: 0, stdout: expect.stringContaining('verified by ed25519-test') });
    expect(readFileSync(join(home, 'public.json'), 'utf8')).not.toMatch(/PRIVATE|"secret"/);
  });
});

describe("a person's notes", () => {
  it('are equal in the running system, which shows them opened, and in an exported file, which has them sealed', async () => {
    await as('ann', 'push', file('noted.json', { ...bundle('2.1.0'), notes: 'Ann says why' }));
    const { id } = await shown('2.1.0');
    const exported = await api('ann', 'GET', `/bundles/${String(id)}/export`);
    expect(JSON.stringify(exported)).not.toContain('Ann says why');
    expect(await as('ann', 'diff', '2.1.0', file('noted-exported.json', exported))).toMatchObject({
      code: 0,
    });
    expect(
      await as(
        'ann',
        'diff',
        join(home, 'noted-exported.json'),
        file('noted.json', { ...bundle('2.1.0'), notes: 'Ann says why not' }),
      ),
    ).toMatchObject({ code: 1, stdout: expect.stringContaining('~ notes: ') });
  });
});

describe('interlock policy rollback', () => {
  it('requires a reason, rolls the canary back, and shows the deciding bundle', async () => {
    expect(await as('ann', 'rollback')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--reason'),
    });
    expect(await as('ann', 'rollback', '--reason', 'it denies what it should not')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^rolled back: 1\.1\.0 {2}rolled_back.*\n1\.0\.0 decides at 100 %\n$/),
    });
    expect(await as('ann', 'rollback', '7.7.7', '--reason', 'there is none')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not-found'),
    });
  });
});

describe('interlock policy bypass', () => {
  it('bypasses bundles for some minutes, reports it, and ends the bypass', async () => {
    expect(await as('ann', 'bypass', '--reason', 'a bad release', '--minutes', '15')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^bypassed until \S+: every action needs an approval\n$/),
    });
    expect((await as('ann', 'status')).stdout).toMatch(/bypassed until \S+: a bad release/);
    expect(await as('ann', 'bypass', '--reason', 'a bad release')).toMatchObject({ code: 0 });
    expect(await as('ann', 'bypass', '--end')).toMatchObject({
      code: 0,
      stdout: 'ended: bundles decide again\n',
    });
    expect((await as('ann', 'status')).stdout).not.toContain('bypassed');
  });

  it.each<readonly [string, readonly string[]]>([
    ['nobody', ['policy', 'bypass', '--reason', 'x', '--minutes', '5']],
    ['no reason', ['--as', 'ann', 'policy', 'bypass', '--minutes', '5']],
    ['no whole minutes', ['--as', 'ann', 'policy', 'bypass', '--reason', 'x', '--minutes', '1.5']],
    ['an end with a reason', ['--as', 'ann', 'policy', 'bypass', '--end', '--reason', 'x']],
  ])('with %s ends with exit code 2', async (_, args) => {
    expect(await interlock(args)).toMatchObject({ code: 2, stdout: '' });
  });
});
