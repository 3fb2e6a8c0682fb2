import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Schema } from '@interlock/api-types';
import { buildApps, commandLine } from '@interlock/testing';

import { readData } from '../deploy/read.mjs';

type Step = {
  readonly name?: string;
  readonly id?: string;
  readonly run?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly env?: { readonly [name: string]: string };
  readonly with?: { readonly [name: string]: unknown };
};
type Workflow = {
  readonly on: {
    readonly schedule?: readonly { readonly cron: string }[];
    readonly workflow_run?: object;
    readonly workflow_dispatch?: {
      readonly inputs?: { readonly auto_apply?: { readonly default: unknown } };
    } | null;
  };
  readonly jobs: {
    readonly run: { readonly env?: { readonly [name: string]: string }; readonly steps: readonly Step[] };
  };
};
const workflow = (name: string): Workflow => readData(`deploy/github/${name}.yml`) as Workflow;
const names = ['policy_orchestration', 'policy_response_runner', 'policy_orchestration_alerts'] as const;

let folder: string;
let repository: string;
let server: Server;
/** The API's answers, by method and path. */
let answers: { [request: string]: object };
const asked: string[] = [];
const git = (...args: readonly string[]): string =>
  spawnSync('git', args, { cwd: repository, encoding: 'utf8' }).stdout;
const branches = (): readonly string[] =>
  git('branch', '--list', '--format=%(refname:short)', 'fix/*').trim().split('\n');
/** Installs a program that the steps find under this name. */
const program = (name: string, script: string): void => {
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
};

beforeAll(async () => {
  await buildApps('apps/cli');
  server = createServer((request, response) => {
    const what = `${request.method ?? ''} ${request.url ?? ''}`;
    asked.push(what);
    const answer = answers[what];
    response.writeHead(answer === undefined ? 503 : 200, {
      'content-type': answer === undefined ? 'application/problem+json' : 'application/json',
    });
    response.end(
      JSON.stringify(answer ?? { type: 'about:blank', status: 503, code: 'not-ready', detail: 'not ready' }),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-github-'));
  repository = join(folder, 'repository');
  mkdirSync(repository);
  mkdirSync(join(folder, 'bin'));
  spawnSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(folder, 'remote.git')]);
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', join(folder, 'remote.git'));
  answers = {};
  asked.length = 0;
  // The real command line; another case tests its installation.
  program('interlock', `exec "${process.execPath}" --no-warnings "${commandLine}" "$@"`);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const environment = (): NodeJS.ProcessEnv => ({
  PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
  HOME: folder,
  RUNNER_TEMP: folder,
  INTERLOCK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  INTERLOCK_TOKEN: 'a.token.here',
  INTERLOCK_TENANT: 'demo',
});
/** The exit code of a step's script in a shell that stops at the first fault, like GitHub's. */
const ran = (script: string, env: NodeJS.ProcessEnv): Promise<number> =>
  new Promise((resolve) => {
    const shell = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      cwd: repository,
      env,
    });
    shell.on('close', (code) => {
      resolve(code ?? 128);
    });
  });

/**
 * Runs the steps after the installation like GitHub: steps after a failure run if their condition
 * says so.
 */
const runs = async (
  name: string,
  env: { readonly [name: string]: string } = {},
): Promise<{ readonly [step: string]: number }> => {
  const statuses: { [step: string]: number } = {};
  let outcome = 'success';
  for (const { name: step = '', id, run, if: condition } of workflow(name).jobs.run.steps) {
    if (run === undefined || step === 'Install') continue;
    const wanted = /^steps\.run\.outcome == '(\w+)'$/.exec(condition ?? '')?.[1];
    if (wanted !== undefined && wanted !== outcome) continue;
    const status = await ran(run, { ...environment(), ...env });
    statuses[step] = status;
    if (id === 'run') outcome = status === 0 ? 'success' : 'failure';
  }
  return statuses;
};

const state: Pick<
  Schema<'PostureAssessmentDto'>,
  'policy' | 'evaluated_at' | 'inputs' | 'thresholds' | 'tenant_id' | 'effective'
> = {
  tenant_id: 'demo',
  policy: 'RED',
  effective: 'RED',
  evaluated_at: '2026-11-20T04:45:00.000Z',
  inputs: {
    trust_locked: false,
    integrity_score: 80,
    consensus_pct: 100,
    reputation_score: 100,
    forecast_risk: 'low',
    recent_responses: 0,
  },
  thresholds: {
    red_integrity: 90,
    red_consensus: 85,
    red_responses: 8,
    yellow_integrity: 95,
    yellow_consensus: 90,
    yellow_reputation: 80,
    yellow_responses: 4,
  },
};
const evaluate = 'POST /api/v1/posture/evaluate';
const respond = 'POST /api/v1/responses/run';
const response = (more: Partial<Schema<'ResponseDto'>>): Schema<'ResponseDto'> => ({
  response_id: 'r-1',
  tenant_id: 'demo',
  status: 'completed',
  policy: 'RED',
  mode: 'dry-run',
  trigger: 'person',
  safety_gates_passed: true,
  gates: [],
  actions_planned: 1,
  actions: [{ action: 'integrity_anchor_mirror', reversible: true }],
  results: [
    {
      action: 'integrity_anchor_mirror',
      action_id: null,
      state: 'DRY_RUN',
      passed: null,
      stdout: '[DRY-RUN] Would execute',
      reversible: true,
      undo_instruction: 'Restore: interlock responses undo r-1',
    },
  ],
  detail: null,
  began_at: '2026-11-20T04:50:00.000Z',
  ended_at: '2026-11-20T04:50:01.000Z',
  undone: null,
  ...more,
});
/** The file as pushed to a branch. */
const pushed = (file: string, branch = 'main'): string =>
  spawnSync('git', ['show', `${branch}:${file}`], { cwd: join(folder, 'remote.git'), encoding: 'utf8' })
    .stdout;
const inRepository = (file: string, text: string): void => {
  mkdirSync(join(repository, file, '..'), { recursive: true });
  writeFileSync(join(repository, file), text);
};

describe('the workflows of deploy/github', () => {
  it('run at the times of the seeds, one after the other, and apply nothing by themselves', () => {
    expect(workflow('policy_orchestration').on.schedule).toEqual([{ cron: '45 4 * * *' }]);
    expect(workflow('policy_orchestration_alerts').on.schedule).toEqual([{ cron: '15 5 * * *' }]);
    const runner = workflow('policy_response_runner');
    expect(runner.on.workflow_run).toMatchObject({ workflows: ['policy_orchestration'] });
    expect(runner.on.workflow_dispatch?.inputs?.auto_apply?.default).toBe(false);
    expect(runner.jobs.run.env?.['POLICY_AUTO_APPLY']).toBe("${{ inputs.auto_apply || 'false' }}");
  });

  it.each(names)('%s keeps its artifacts 90 days, on failure too', (name) => {
    const uploads = workflow(name).jobs.run.steps.filter(({ uses }) =>
      uses?.startsWith('actions/upload-artifact@'),
    );
    expect(uploads).toMatchObject([{ if: 'always()', with: { 'retention-days': 90 } }]);
  });
});

describe('policy_orchestration', () => {
  it("keeps state, log and marker in the seed's shapes, and commits them", async () => {
    answers = { [evaluate]: { run_id: 'r', posture: state, failure: null } };
    expect(Object.values(await runs('policy_orchestration'))).toEqual([0, 0]);
    expect(asked).toEqual([evaluate]);
    expect(git('log', '-1', '--format=%s', 'main')).toBe('Update the policy state [skip ci]\n');
    const at = '2026-11-20T04:45:00+00:00';
    const { policy, inputs, thresholds } = state;
    expect(JSON.parse(pushed('state/policy_state.json'))).toEqual({
      policy,
      evaluated_at: at,
      inputs,
      thresholds,
    });
    expect(JSON.parse(pushed('state/policy_state_log.jsonl'))).toMatchObject({
      timestamp: at,
      integrity: 80,
    });
    expect(pushed('audit_summary.md')).toBe(`<!-- POLICY_ORCHESTRATION: UPDATED ${at} policy=RED -->\n`);
  });

  it('keeps a failure on a fix branch with its marker in place of the last one, and fails', async () => {
    inRepository('audit_summary.md', '# Audit\n<!-- POLICY_ORCHESTRATION: UPDATED x policy=RED -->\n');
    expect(Object.values(await runs('policy_orchestration'))).toEqual([1, 0, 1]);
    const [branch = ''] = branches();
    expect(branch).toMatch(/^fix\/policy-orchestrator-\d{8}T\d{6}Z$/);
    expect(pushed('audit_summary.md', branch)).toMatch(
      /^# Audit\n<!-- POLICY_ORCHESTRATION: FAILED \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 -->\n$/,
    );
    expect(pushed('logs/policy_orchestration.log', branch)).toContain('not ready');
  });
});

describe('policy_response_runner', () => {
  beforeEach(() => {
    inRepository('state/policy_state.json', JSON.stringify({ policy: 'RED' }));
  });

  it('plans only', async () => {
    answers = { [respond]: response({}) };
    expect(Object.values(await runs('policy_response_runner'))).toEqual([0, 0]);
    expect(JSON.parse(pushed('state/policy_response_preview.json'))).toMatchObject({
      timestamp: '2026-11-20T04:50:00+00:00',
      response_id: 'r-1',
      mode: 'dry-run',
      actions_planned: 1,
    });
    expect(git('log', '-1', '--format=%s', 'main')).toBe('Update the responses [skip ci]\n');
  });

  it('applies on request, and keeps the data to undo it', async () => {
    const [planned] = response({}).results;
    const ended = response({
      mode: 'apply',
      results: [{ ...planned!, action_id: 'a-1', state: 'COMPLETED', passed: true }],
    });
    answers = {
      [respond]: response({ mode: 'apply', status: 'running', ended_at: null }),
      'GET /api/v1/responses/r-1': ended,
    };
    expect(Object.values(await runs('policy_response_runner', { POLICY_AUTO_APPLY: 'true' }))).toEqual([
      0, 0,
    ]);
    expect(JSON.parse(pushed('state/policy_response_log.jsonl'))).toMatchObject({
      response_id: 'r-1',
      safety_gates_passed: true,
      results: [{ action: 'integrity_anchor_mirror', passed: true }],
    });
    expect(JSON.parse(pushed('state/policy_response_undo_r-1.json'))).toMatchObject({
      action: 'integrity_anchor_mirror',
      undo_instruction: expect.stringContaining('interlock responses undo r-1') as unknown,
    });
  });

  it('keeps the report and the marker of a blocked run, which is not a failure', async () => {
    answers = {
      [respond]: response({
        status: 'blocked',
        mode: 'apply',
        safety_gates_passed: false,
        gates: ['safety_brake_off', 'rate_limit'],
        results: [],
      }),
    };
    expect(Object.values(await runs('policy_response_runner', { POLICY_AUTO_APPLY: 'true' }))).toEqual([
      0, 0,
    ]);
    expect(JSON.parse(pushed('reports/policy_response_blocked.json'))).toMatchObject({
      safety_gates_passed: false,
      failing_gates: ['safety_brake_off', 'rate_limit'],
      executed: 0,
    });
    expect(pushed('audit_summary.md')).toBe(
      '<!-- POLICY_RESPONSE: BLOCKED 2026-11-20T04:50:00+00:00 gate=safety_brake_off,rate_limit -->\n',
    );
    expect(pushed('state/policy_response_preview.json')).toBe('');
    expect(branches()).toEqual(['']);
  });

  it.each([
    ['where the service does not answer', {}],
    [
      'where a check found a fault',
      {
        [respond]: response({
          results: [{ ...response({}).results[0]!, state: 'COMPLETED', passed: false }],
        }),
      },
    ],
  ])('fails %s, and reports it on a fix branch', async (_, given) => {
    answers = given;
    expect(Object.values(await runs('policy_response_runner'))).toEqual([1, 0, 1]);
    const [branch = ''] = branches();
    expect(pushed('audit_summary.md', branch)).toMatch(/^<!-- POLICY_RESPONSE: FAILED \S+ -->\n$/);
  });

  it('fails if there is no state', async () => {
    rmSync(join(repository, 'state'), { recursive: true });
    expect(Object.values(await runs('policy_response_runner'))).toEqual([1, 0, 1]);
    expect(asked).toEqual([]);
  });
});

describe('the installation', () => {
  const install = (name: string): string =>
    workflow(name).jobs.run.steps.find((step) => step.name === 'Install')?.run ?? '';

  it.each(names)('of %s accepts only a file with the pinned hash', async (name) => {
    const npm = join(folder, 'npm-was-called');
    program('npm', `echo "$*" > "${npm}"`);
    const tarball = join(folder, 'interlock-cli-1.0.0.tgz');
    writeFileSync(tarball, 'a package');
    const sha512 = createHash('sha512').update('a package').digest('hex');
    const installs = (cli: string, hash: string): Promise<number> =>
      ran(install(name), { ...environment(), INTERLOCK_CLI: cli, INTERLOCK_CLI_SHA512: hash });
    expect(await installs('', sha512)).not.toBe(0);
    expect(await installs('@interlock/cli', sha512)).not.toBe(0);
    expect(await installs('http://127.0.0.1:1/interlock-cli-1.0.0.tgz', sha512)).not.toBe(0);
    expect(await installs(tarball, '')).not.toBe(0);
    expect(
      await installs(
        tarball,
        sha512.replace(/^./, (c) => (c === '0' ? '1' : '0')),
      ),
    ).not.toBe(0);
    expect(existsSync(npm)).toBe(false);
    expect(await installs(tarball, sha512)).toBe(0);
    expect(readFileSync(npm, 'utf8')).toBe(
      `install --global --ignore-scripts --offline --no-audit --no-fund ${join(folder, 'interlock-cli.tgz')}\n`,
    );
  });

  it.each(names)('of %s does not see the token', (name) => {
    const { env, steps } = workflow(name).jobs.run;
    const seen = [env, ...steps.filter(({ id }) => id !== 'run').map((step) => step.env)];
    expect(JSON.stringify(seen)).not.toContain('INTERLOCK_TOKEN');
    expect(JSON.stringify(workflow(name))).not.toContain('interlock-apps');
  });
});
