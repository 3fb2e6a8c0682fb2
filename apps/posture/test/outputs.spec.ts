import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  assess,
  defaultInputs,
  defaultPostureConfig,
  noHistory,
  signalNames,
  type PostureAssessment,
} from '@interlock/posture';
import { PostureFilesConfig } from '../src/config.js';
import { Outputs, type FailedRun } from '../src/outputs/outputs.js';

const suite = JSON.parse(
  readFileSync(new URL('../../../fixtures/acceptance/posture_outputs.json', import.meta.url), 'utf8'),
) as {
  readonly log_file: { readonly required: readonly string[] };
  readonly cases: readonly { readonly id: string; readonly expect: { readonly [name: string]: unknown } }[];
};
const tested = new Set<string>();
const expected = (id: string) => {
  tested.add(id);
  return suite.cases.find((one) => one.id === id)!.expect;
};

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'posture-outputs-'));
  folders.push(made);
  return made;
};
const git = (cwd: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
const repository = (): string => {
  const made = folder();
  git(made, 'init', '--quiet', '--initial-branch', 'main');
  git(made, 'commit', '--quiet', '--allow-empty', '--message', 'first');
  return made;
};

const at = (second: number): string => new Date(Date.UTC(2025, 10, 14, 12, 0, second)).toISOString();
const posture = (second = 0, tenant = '_system'): PostureAssessment =>
  assess({
    tenant_id: tenant,
    own: Object.fromEntries(
      signalNames.map((name) => [
        name,
        { report: { value: defaultInputs[name], at: at(second), source: 'probe' }, refused: null },
      ]),
    ),
    system: {},
    config: defaultPostureConfig,
    history: noHistory,
    now: at(second),
    version: '1',
  });

const outputs = (over: Partial<PostureFilesConfig>) => {
  const slept: number[] = [];
  const logged: unknown[] = [];
  const logger = {
    ...Object.fromEntries(
      ['debug', 'info', 'warn', 'error'].map((level) => [level, (facts: unknown) => logged.push(facts)]),
    ),
  } as never;
  return {
    slept,
    told: logged,
    /** Called while the writer waits, so that a test can repair the failure. */
    made: (during: (n: number) => void = () => undefined) =>
      new Outputs(
        Object.assign(new PostureFilesConfig(), over),
        (seconds) => {
          slept.push(seconds);
          during(slept.length);
          return Promise.resolve();
        },
        logger,
      ),
  };
};
const failed = (second: number, detail = 'x', run = 'run-1'): FailedRun => ({
  tenantId: '_system',
  run,
  at: at(second),
  detail,
});
const logOf = (dir: string): readonly string[] =>
  readFileSync(join(dir, 'state/policy_state_log.jsonl'), 'utf8').trim().split('\n');

describe("the seed's files", () => {
  it('grow by a line each run, hold one marker, and leave nothing behind', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'audit_summary.md'), '# Audit\n');
    const { made, slept } = outputs({ POSTURE_OUTPUT_DIR: dir });
    const out = made();
    for (const run of [1, 2, 3]) {
      await out.write(posture(run));
      if (run === 1) expect(logOf(dir)).toHaveLength(expected('out.log.1_runs')['log_lines'] as number);
    }
    const lines = logOf(dir);
    expect(lines).toHaveLength(expected('out.log.3_runs')['log_lines'] as number);
    for (const line of lines)
      expect(Object.keys(JSON.parse(line) as object)).toEqual(suite.log_file.required);
    const markers = readFileSync(join(dir, 'audit_summary.md'), 'utf8').match(/POLICY_ORCHESTRATION.*/g);
    expect(markers).toHaveLength(expected('out.marker.idempotent.2_runs')['markers_in_file'] as number);
    expect(markers).toEqual(['POLICY_ORCHESTRATION: UPDATED 2025-11-14T12:00:03+00:00 policy=GREEN -->']);
    expect(
      (readdirSync(dir, { recursive: true }) as string[]).filter((name) => name.endsWith('.tmp')),
    ).toHaveLength(expected('out.atomic')['files_matching *.tmp'] as number);
    expect(JSON.parse(readFileSync(join(dir, 'state/policy_state.json'), 'utf8'))).toMatchObject({
      policy: 'GREEN',
      evaluated_at: '2025-11-14T12:00:03+00:00',
    });
    expect(slept).toEqual([]);
  });

  it.each([
    ['out.retry.one_failure', 1],
    ['out.retry.two_failures', 2],
  ])('are retried: %s', async (id, fails) => {
    const dir = folder();
    writeFileSync(join(dir, 'state'), 'in the way');
    const { made, slept } = outputs({ POSTURE_OUTPUT_DIR: dir });
    await made((n) => {
      if (n === fails) rmSync(join(dir, 'state'));
    }).write(posture());
    expect(slept).toEqual(expected(id)['slept_s']);
    expect(logOf(dir)).toHaveLength(1);
  });

  it('are given up after one try and three retries, and a branch reports it without touching the work tree', async () => {
    const dir = repository();
    writeFileSync(join(dir, 'state'), 'in the way');
    const { made, slept } = outputs({ POSTURE_OUTPUT_DIR: dir });
    const out = made();
    await expect(out.write(posture())).rejects.toMatchObject({ code: expect.any(String) });
    expect(slept).toEqual([1, 3, 9]);
    const branch = await out.fail(failed(9, 'the state files could not be written (ENOTDIR)'));
    const wanted = expected('out.retry.persistent');
    expect(branch).toMatch(new RegExp(wanted['fix_branch_matches'] as string));
    expect(git(dir, 'branch', '--list', 'fix/*')).toContain(branch);
    expect(git(dir, 'branch', '--show-current')).toBe('main');
    const files = git(dir, 'ls-tree', '-r', '--name-only', branch!);
    expect(files).toContain('logs/policy_orchestrator-');
    expect(git(dir, 'show', `${branch!}:audit_summary.md`)).toBe(
      '<!-- POLICY_ORCHESTRATION: FAILED 2025-11-14T12:00:09+00:00 -->',
    );
    expect(readFileSync(join(dir, 'audit_summary.md'), 'utf8').includes('FAILED')).toBe(
      wanted['failed_marker'],
    );
    expect(git(dir, 'log', '-1', '--format=%s', branch!)).toMatch(/\[skip ci\]$/);
    // The same failure reported again after a crash keeps its branch; another one in the same
    // second gets its own.
    expect(await out.fail(failed(9))).toBe(branch);
    expect(await out.fail(failed(9, 'x', 'run-2'))).toBe(`${branch!}-2`);
    expect(git(dir, 'worktree', 'list').split('\n')).toHaveLength(1);
  });

  it('are not retried once the service stops', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'state'), 'in the way');
    const { made, slept } = outputs({ POSTURE_OUTPUT_DIR: dir });
    const out = made(() => out.stop());
    await expect(out.write(posture())).rejects.toMatchObject({ code: expect.any(String) });
    expect(slept).toEqual([1]);
  });

  it('left half written by a killed process are removed, but not those of a living one', async () => {
    const dir = folder();
    const { pid } = spawnSync(process.execPath, ['--version']);
    const name = (owner: number): string => `policy_state.json.${hostname()}.${owner}.tmp`;
    for (const part of ['state', 'tenants/demo/state']) {
      mkdirSync(join(dir, part), { recursive: true });
      for (const owner of [pid, process.ppid]) writeFileSync(join(dir, part, name(owner)), '{"policy":"GR');
      writeFileSync(join(dir, part, 'other.tmp'), 'not ours');
    }
    await outputs({ POSTURE_OUTPUT_DIR: dir }).made().start();
    for (const part of ['state', 'tenants/demo/state'])
      expect(readdirSync(join(dir, part)).sort()).toEqual(['other.tmp', name(process.ppid)].sort());
  });

  it('have no branch without a repository, and a failure to report the failure is logged, not thrown', async () => {
    const dir = folder();
    const { made, told: logged } = outputs({ POSTURE_OUTPUT_DIR: dir });
    expect(await made().fail(failed(1))).toBeNull();
    expect(readFileSync(join(dir, 'audit_summary.md'), 'utf8')).toContain('FAILED');
    expect(logged).toEqual([]);
    const blocked = outputs({ POSTURE_OUTPUT_DIR: join(dir, 'audit_summary.md') });
    expect(await blocked.made().fail(failed(1))).toBeNull();
    expect(blocked.told).toHaveLength(1);
  });

  it('are rotated by size', async () => {
    const dir = folder();
    const out = outputs({ POSTURE_OUTPUT_DIR: dir, POSTURE_LOG_MAX_BYTES: 500 }).made();
    for (let run = 1; run <= 8; run += 1) await out.write(posture(run));
    const logs = readdirSync(join(dir, 'state')).filter((name) => name.endsWith('.jsonl'));
    expect([logs.length > 1, expected('out.log.rotation')]).toEqual([
      true,
      { rotation: 'by size, configurable' },
    ]);
    const lines = logs.flatMap((name) =>
      readFileSync(join(dir, 'state', name), 'utf8')
        .trim()
        .split('\n'),
    );
    expect(lines).toHaveLength(8);
    for (const name of logs) expect(readFileSync(join(dir, 'state', name)).length).toBeLessThanOrEqual(500);
  });

  it("are written once for a run that is written twice, and a tenant's lie beside the others", async () => {
    const dir = folder();
    const out = outputs({ POSTURE_OUTPUT_DIR: dir }).made();
    await out.write(posture(1));
    await out.write(posture(1));
    expect(logOf(dir)).toHaveLength(1);
    await out.write(posture(1, 'demo'));
    expect(logOf(join(dir, 'tenants/demo'))).toHaveLength(1);
    expect(logOf(dir)).toHaveLength(1);
  });
});

it("has each of the seed's cases tested, here or where the test is named", () => {
  const elsewhere: { readonly [id: string]: string } = {
    'out.marker.updated': 'libs/posture/test/state-files.spec.ts',
    'out.marker.failed': 'libs/posture/test/state-files.spec.ts',
    'out.malformed_json': 'apps/posture/test/runs.int.spec.ts',
    'out.inputs_untouched': 'apps/posture/test/internal.int.spec.ts',
  };
  for (const [id, path] of Object.entries(elsewhere))
    expect([id, readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8').includes(id)]).toEqual([
      id,
      true,
    ]);
  expect(suite.cases.map(({ id }) => id).sort()).toEqual([...tested, ...Object.keys(elsewhere)].sort());
});

describe('a repository', () => {
  it('gets the state on main and a failure on its own branch', async () => {
    const bare = folder();
    git(bare, 'init', '--quiet', '--bare', '--initial-branch', 'main');
    const { made } = outputs({ POSTURE_OUTPUT_GIT: bare, POSTURE_STATE_DIR: folder() });
    const out = made();
    for (const run of [1, 2]) await out.write(posture(run));
    expect(git(bare, 'rev-list', '--count', 'main')).toBe('2');
    expect(git(bare, 'log', '-1', '--format=%s', 'main')).toBe('Posture of _system: GREEN [skip ci]');
    expect(git(bare, 'show', 'main:state/policy_state_log.jsonl').split('\n')).toHaveLength(2);
    const branch = await out.fail(failed(5, 'malformed'));
    expect(git(bare, 'show', `${branch!}:audit_summary.md`)).toContain('FAILED 2025-11-14T12:00:05+00:00');
    expect(git(bare, 'show', 'main:audit_summary.md')).toContain('UPDATED');
    expect(await out.fail(failed(5))).toBe(branch);
    expect(await out.fail(failed(5, 'x', 'run-2'))).toBe(`${branch!}-2`);
    expect(git(bare, 'branch', '--list', 'fix/*').split('\n')).toHaveLength(2);
  });

  it('that is missing fails the write, and leaves no branch', async () => {
    const { made, slept } = outputs({
      POSTURE_OUTPUT_GIT: join(folder(), 'none'),
      POSTURE_STATE_DIR: folder(),
    });
    const out = made();
    await expect(out.write(posture())).rejects.toThrow();
    expect(slept).toEqual([1, 3, 9]);
    expect(await out.fail(failed(1))).toBeNull();
  });

  it('needs a folder for its clone', () =>
    expect(() => outputs({ POSTURE_OUTPUT_GIT: 'x' }).made()).toThrow('POSTURE_STATE_DIR'));
});
