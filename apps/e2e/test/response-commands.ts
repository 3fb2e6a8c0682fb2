import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import { systemTenant, type Scope } from '@interlock/contracts';
import { commandLine, until } from '@interlock/testing';
import { startOrigin, type Origin } from './one-origin.js';
import type { ResponseWorld } from './response-world.js';
import { repository as root } from './stack.js';

/** The parser that the repository's tools use; it has no types. */
const yaml: string = 'js-yaml';
const { load } = (await import(yaml)) as { readonly load: (text: string) => unknown };

type Step = { readonly name?: string; readonly run?: string; readonly if?: string };
type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };
const run = promisify(execFile);
const scopes: readonly Scope[] = ['POSTURE_READ', 'POSTURE_WRITE', 'ALERT_READ', 'ALERT_WRITE', 'AUDIT_READ'];

/** A shell beside the services, with the installed command line. */
export class ResponseCommands {
  readonly folder = mkdtempSync(join(tmpdir(), 'interlock-commands-'));
  readonly #repository = join(this.folder, 'repository');
  #origin: Origin | undefined;

  constructor(private readonly world: ResponseWorld) {}

  async start(): Promise<void> {
    this.#origin = await startOrigin(this.world);
    mkdirSync(join(this.folder, 'bin'));
    mkdirSync(this.#repository);
    const program = (name: string, text: string): void =>
      writeFileSync(join(this.folder, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    program('interlock', `exec "${process.execPath}" "${commandLine}" "$@"`);
    program('node', `exec "${process.execPath}" "$@"`);
    // Its packages are already installed.
    program('npm', '');
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(this.folder, 'remote.git')]);
    await this.#git('init', '--quiet', '--initial-branch=main');
    await this.#git('remote', 'add', 'origin', join(this.folder, 'remote.git'));
  }

  async end(): Promise<void> {
    await this.#origin?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #git(...args: readonly string[]): Promise<string> {
    return (await run('git', args, { cwd: this.#repository })).stdout;
  }

  async #shell(script: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const { authorization } = await this.world.parts.issuer.person(scopes, { tenant: systemTenant });
    // The services run in this process, so nothing here may block it.
    return run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      cwd: this.#repository,
      env: {
        PATH: `${join(this.folder, 'bin')}:${process.env['PATH'] ?? ''}`,
        HOME: this.folder,
        INTERLOCK_URL: this.#origin?.url,
        INTERLOCK_TOKEN: authorization.replace('Bearer ', ''),
        INTERLOCK_TENANT: systemTenant,
        ...env,
      },
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => error as Ran,
    );
  }

  interlock(command: string): Promise<Ran> {
    return this.#shell(`interlock --tenant ${systemTenant} ${command}`);
  }

  /**
   * Runs the steps of a workflow like GitHub, after the installation, which
   * `tools/test/github.spec.ts` tests.
   */
  async #workflow(name: string, env: NodeJS.ProcessEnv = {}): Promise<readonly number[]> {
    const { jobs } = load(readFileSync(join(root, 'deploy', 'github', `${name}.yml`), 'utf8')) as {
      readonly jobs: { readonly run: { readonly steps: readonly Step[] } };
    };
    const codes: number[] = [];
    for (const { name: step, run: script, if: condition } of jobs.run.steps) {
      if (script === undefined || step === 'Install') continue;
      const outcome = codes[0] === 0 ? 'success' : 'failure';
      const asked = /^steps\.run\.outcome == '(\w+)'$/.exec(condition ?? '')?.[1];
      if (asked === undefined || asked === outcome) codes.push((await this.#shell(script, env)).code);
    }
    return codes;
  }

  #committed(path: string): Promise<string> {
    return this.#git('show', `main:${path}`);
  }

  async tellsThePosture(): Promise<void> {
    const [evaluated, shown, signals, history, trend] = await Promise.all(
      ['evaluate', 'show', 'signals', 'history --limit 5', 'trend --hours 1'].map((what) =>
        this.interlock(`posture ${what}`),
      ),
    );
    expect(Object.keys(JSON.parse(evaluated!.stdout) as object)).toEqual([
      'policy',
      'evaluated_at',
      'inputs',
      'thresholds',
    ]);
    const { effective } = JSON.parse(shown!.stdout) as { readonly effective: string };
    expect(effective).toMatch(/^(?:GREEN|YELLOW)$/);
    expect(signals!.stdout).toMatch(/^integrity_score +100 +fresh/m);
    expect(history!.stdout).toMatch(/^\S+, .* {2}RED +RED +/m);
    expect(JSON.parse(trend!.stdout)).toMatchObject({
      tenant_id: systemTenant,
      time_in_level_s: { RED: expect.any(Number) },
    });
    for (const wrong of ['history --limit 0', 'trend --hours 721', 'trend --hours x'])
      expect(await this.interlock(`posture ${wrong}`)).toMatchObject({ code: 2 });
  }

  async runsTheWorkflows(): Promise<void> {
    expect(await this.#workflow('policy_orchestration')).toEqual([0, 0]);
    const state = JSON.parse(await this.#committed('state/policy_state.json')) as {
      readonly policy: string;
      readonly evaluated_at: string;
    };
    expect(JSON.parse(await this.#committed('state/policy_state_log.jsonl'))).toMatchObject({
      timestamp: state.evaluated_at,
      policy: state.policy,
      integrity: 100,
    });
    expect(await this.#git('log', '-1', '--format=%s', 'main')).toBe('Update the policy state [skip ci]\n');

    // The level does not matter, because the responses of YELLOW only read.
    writeFileSync(
      join(this.#repository, 'state/policy_state.json'),
      JSON.stringify({ ...state, policy: 'YELLOW' }),
    );
    expect(await this.#workflow('policy_response_runner', { POLICY_AUTO_APPLY: 'false' })).toEqual([0, 0]);
    expect(JSON.parse(await this.#committed('state/policy_response_preview.json'))).toMatchObject({
      mode: 'dry-run',
      policy: 'YELLOW',
      actions_planned: 2,
    });
    expect(await this.#workflow('policy_response_runner', { POLICY_AUTO_APPLY: 'true' })).toEqual([0, 0]);
    expect(JSON.parse(await this.#committed('state/policy_response_log.jsonl'))).toMatchObject({
      mode: 'apply',
      status: 'completed',
      results: [
        { action: 'integrity_check', passed: true },
        { action: 'schema_validation', passed: true },
      ],
    });
  }

  /**
   * Exports the incident of the changed byte, and verifies the document against the log's key. A
   * changed word of its timeline is found.
   */
  async exportsThePostMortem(): Promise<void> {
    const [incident] = (
      JSON.parse((await this.interlock('incidents list --json')).stdout) as readonly {
        readonly id: string;
        readonly title: string;
      }[]
    ).filter(({ title }) => title.includes('log_tampered'));
    const file = join(this.#repository, 'post-mortem.md');
    const text = await until(async () => {
      await this.interlock(`incidents export ${incident!.id} --out ${file}`);
      const written = readFileSync(file, 'utf8');
      return written.includes('## Sealed events') && !written.includes('not sealed yet') && written;
    }, 'a checkpoint covers every event of the post-mortem');
    expect(text).toMatch(/what shows the condition of alert log\\_tampered \(\S+ to \S+\)/);
    for (const type of ['IncidentOpened', 'IncidentResolved', 'AlertFired', 'AlertResolved'])
      expect(text).toMatch(new RegExp(`^\\| \\S+ \\| ${type} \\|`, 'm'));
    const verified = async (document: string): Promise<string> => {
      writeFileSync(file, document);
      return (await this.interlock(`audit verify ${file} --key ${this.world.logKey}`)).stdout;
    };
    expect(await verified(text)).toMatch(/^verified IN PART: \d+ leaves missing$/m);
    expect(await verified(text.replace('| AlertFired |', '| AlertNoted |'))).toMatch(
      /^document {3}\S+ line \d+: lists AlertNoted .*; the log has AlertFired/m,
    );
  }
}
