import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { readData } from '../deploy/read.mjs';

type Step = {
  readonly name?: string;
  readonly id?: string;
  readonly run?: string;
  readonly if?: string;
  readonly uses?: string;
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
    readonly run: { readonly env: { readonly [name: string]: string }; readonly steps: readonly Step[] };
  };
};
const workflow = (name: string): Workflow => readData(`deploy/github/${name}.yml`) as Workflow;
const names = ['policy_orchestration', 'policy_response_runner', 'policy_orchestration_alerts'] as const;

let folder: string;
let repository: string;
const git = (...args: readonly string[]): string =>
  spawnSync('git', args, { cwd: repository, encoding: 'utf8' }).stdout;
/** A program that the steps find under this name. */
const stub = (name: string, script: string): void => {
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> "${folder}/called"\n${script}\n`);
  chmodSync(path, 0o755);
};
const called = (): readonly string[] => readFileSync(join(folder, 'called'), 'utf8').trim().split('\n');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-github-'));
  repository = join(folder, 'repository');
  mkdirSync(repository);
  mkdirSync(join(folder, 'bin'));
  spawnSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(folder, 'remote.git')]);
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', join(folder, 'remote.git'));
  stub('npm', '');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the steps as GitHub does: each by a shell that stops at the first fault, those after a failure where their condition says so. */
const runs = (
  name: string,
  env: { readonly [name: string]: string } = {},
): { readonly [step: string]: number | null } => {
  const statuses: { [step: string]: number | null } = {};
  for (const { name: step = '', run, if: condition } of workflow(name).jobs.run.steps) {
    if (run === undefined) continue;
    const outcome = Object.values(statuses)[1] === 0 ? 'success' : 'failure';
    const asked = /^steps\.run\.outcome == '(\w+)'$/.exec(condition ?? '')?.[1];
    if (asked !== undefined && asked !== outcome) continue;
    statuses[step] = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
      cwd: repository,
      env: {
        PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
        HOME: folder,
        INTERLOCK_URL: 'http://interlock.example',
        INTERLOCK_TOKEN: 'stub',
        INTERLOCK_TENANT: 'demo',
        ...env,
      },
    }).status;
  }
  return statuses;
};
const state = {
  policy: 'RED',
  evaluated_at: '2026-11-20T04:45:00+00:00',
  inputs: {
    trust_locked: false,
    integrity_score: 80,
    consensus_pct: 100,
    reputation_score: 100,
    forecast_risk: 'low',
    recent_responses: 0,
  },
};

describe('the workflows of deploy/github', () => {
  it('run at the times of the seeds, one after the other, and apply nothing by themselves', () => {
    expect(workflow('policy_orchestration').on.schedule).toEqual([{ cron: '45 4 * * *' }]);
    expect(workflow('policy_orchestration_alerts').on.schedule).toEqual([{ cron: '15 5 * * *' }]);
    const runner = workflow('policy_response_runner');
    expect(runner.on.workflow_run).toMatchObject({ workflows: ['policy_orchestration'] });
    expect(runner.on.workflow_dispatch?.inputs?.auto_apply?.default).toBe(false);
    expect(runner.jobs.run.env['POLICY_AUTO_APPLY']).toBe("${{ inputs.auto_apply || 'false' }}");
  });

  it.each(names)('%s keeps its artifacts 90 days, on failure too', (name) => {
    const uploads = workflow(name).jobs.run.steps.filter(({ uses }) =>
      uses?.startsWith('actions/upload-artifact@'),
    );
    expect(uploads).toMatchObject([{ if: 'always()', with: { 'retention-days': 90 } }]);
  });
});

describe('policy_orchestration', () => {
  it('evaluates, keeps state and log, and commits both', () => {
    stub('interlock', '');
    stub('curl', `printf '%s' '${JSON.stringify(state)}'`);
    expect(Object.values(runs('policy_orchestration'))).toEqual([0, 0, 0]);
    expect(called()).toContain('interlock --tenant demo posture evaluate');
    expect(git('log', '-1', '--format=%s', 'main')).toBe('Update the policy state [skip ci]\n');
    expect(JSON.parse(git('show', 'HEAD:state/policy_state_log.jsonl'))).toMatchObject({
      timestamp: state.evaluated_at,
      policy: 'RED',
      integrity: 80,
    });
  });

  it('keeps a failure on a fix branch with its marker, and fails', () => {
    stub('interlock', 'echo no >&2; exit 1');
    expect(Object.values(runs('policy_orchestration'))).toEqual([0, 1, 0, 1]);
    const [branch = ''] = git('branch', '--list', '--format=%(refname:short)', 'fix/*').split('\n');
    expect(branch).toMatch(/^fix\/policy-orchestrator-\d{8}T\d{6}Z$/);
    expect(git('show', `${branch}:audit_summary.md`)).toMatch(
      /^<!-- POLICY_ORCHESTRATION: FAILED \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 -->\n$/,
    );
    expect(git('show', `${branch}:logs/policy_orchestration.log`)).toBe('no\n');
  });
});

describe('policy_response_runner', () => {
  const answer = '{"response_id":"r","mode":"dry-run"}';

  it.each([
    ['plans only', 'false', 'responses run --policy RED --json', 'state/policy_response_preview.json'],
    [
      'applies where it was asked to',
      'true',
      'responses run --policy RED --apply --wait --json',
      'state/policy_response_log.jsonl',
    ],
  ])('%s', (_, apply, command, file) => {
    mkdirSync(join(repository, 'state'));
    writeFileSync(join(repository, 'state/policy_state.json'), JSON.stringify(state));
    stub('interlock', `printf '%s\\n' '${answer}'`);
    expect(Object.values(runs('policy_response_runner', { POLICY_AUTO_APPLY: apply }))).toEqual([0, 0, 0]);
    expect(called()).toContain(`interlock --tenant demo ${command}`);
    expect(git('show', `HEAD:${file}`)).toBe(`${answer}\n`);
    expect(git('log', '-1', '--format=%s', 'main')).toBe('Update the responses [skip ci]\n');
  });

  it('fails where there is no state, and says so on a fix branch', () => {
    stub('interlock', '');
    expect(Object.values(runs('policy_response_runner'))).toEqual([0, 1, 0, 1]);
    expect(existsSync(join(repository, 'audit_summary.md'))).toBe(true);
  });
});
