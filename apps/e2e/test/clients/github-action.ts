import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { repository, type Stack } from '../stack.js';

// Runs the steps of deploy/github-action as GitHub's runner does: each script in bash, with the
// values of its expressions in the environment. The command line is installed by the action's own
// step and asks a running Interlock. GitHub's API of comments is a stand-in.

const actionFolder = join(repository, 'deploy/github-action');
type Step = {
  readonly name: string;
  readonly run: string;
  readonly env: { readonly [name: string]: string };
};
type Action = {
  readonly inputs: { readonly [name: string]: { readonly default?: string; readonly required?: boolean } };
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
};
// The package has no types.
const yaml: string = 'js-yaml';
const { load } = (await import(yaml)) as { readonly load: (text: string) => unknown };
const action = load(readFileSync(join(actionFolder, 'action.yml'), 'utf8')) as Action;

type Comment = { readonly id: number; body: string; readonly user: { readonly type: string } };
type Answer = { readonly status: number; readonly headers?: { readonly [name: string]: string } };

/** The comments of one pull request, in pages, with the errors and headers of GitHub's API. */
class CommentsApi {
  comments: Comment[] = [];
  /** Answers that come before the usual ones. */
  failures: Answer[] = [];
  readonly asked: string[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      this.asked.push(`${method} ${url}`);
      let text = '';
      request.on('data', (data) => (text += String(data)));
      request.on('end', () => {
        const send = (
          status: number,
          body: unknown,
          more: { readonly [name: string]: string } = {},
        ): void => {
          response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...more });
          response.end(JSON.stringify(body));
        };
        const failure = this.failures.shift();
        if (failure !== undefined) send(failure.status, { message: 'not now' }, failure.headers);
        else if (headers.authorization !== 'Bearer github-secret') send(401, { message: 'Bad credentials' });
        else this.#answer(method, new URL(url, this.url), text, send);
      });
    });
  }

  #answer(
    method: string,
    { pathname, searchParams }: URL,
    text: string,
    send: (status: number, body: unknown, more?: { readonly [name: string]: string }) => void,
  ): void {
    const all = '/repos/acme/policies/issues/7/comments';
    const body = text === '' ? '' : (JSON.parse(text) as { readonly body: string }).body;
    if (body.length > 65_536) return send(422, { message: 'Validation Failed' });
    if (method === 'GET' && pathname === all) {
      const size = Number(searchParams.get('per_page') ?? 30);
      const page = Number(searchParams.get('page') ?? 1);
      const next = `<${this.url}${all}?per_page=${size}&page=${page + 1}>; rel="next"`;
      const more = this.comments.length > page * size ? { link: `${next}, <${this.url}>; rel="last"` } : {};
      return send(200, this.comments.slice((page - 1) * size, page * size), more);
    }
    if (method === 'POST' && pathname === all) {
      const made = { id: this.comments.length + 1000, body, user: { type: 'Bot' } };
      this.comments.push(made);
      return send(201, { ...made, html_url: `https://github.example/comment-${made.id}` });
    }
    const changed = this.comments.find(
      ({ id }) => method === 'PATCH' && pathname === `/repos/acme/policies/issues/comments/${id}`,
    );
    if (changed === undefined) return send(404, { message: 'Not Found' });
    changed.body = body;
    return send(200, { ...changed, html_url: `https://github.example/comment-${changed.id}` });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  stop(): void {
    this.#server.close();
  }
}

export const githubActionCases = (stack: Stack): void => {
  describe('the action for GitHub', () => {
    const api = new CommentsApi();
    const { NODE_OPTIONS: _options, INIT_CWD: _cwd, ...inherited } = process.env;
    /** The runner's folder, with the command line once it is installed. */
    const runner = mkdtempSync(join(tmpdir(), 'interlock-runner-'));
    let work = '';
    let token = '';
    let cli = { file: '', sha512: '' };

    const run = (
      script: string,
      env: NodeJS.ProcessEnv,
      cwd: string,
    ): Promise<Readonly<{ code: number; output: string }>> =>
      new Promise((resolve) => {
        const shell = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], { cwd, env });
        let output = '';
        for (const stream of [shell.stdout, shell.stderr])
          stream.on('data', (data) => (output += String(data)));
        shell.on('close', (code) => resolve({ code: code ?? 128, output }));
      });

    /** Runs the steps with some inputs, and returns each step's exit code and output. */
    const review = async (
      given: { readonly [input: string]: string },
      event: object = { pull_request: { number: 7 } },
      only: readonly string[] = ['Review', 'Comment', 'Result'],
    ): Promise<{ readonly [step: string]: { readonly code: number; readonly output: string } }> => {
      writeFileSync(join(work, 'event.json'), JSON.stringify(event));
      writeFileSync(join(work, 'output'), '');
      const values: { readonly [name: string]: string } = {
        ...Object.fromEntries(
          Object.entries(action.inputs).map(([name, { default: of = '' }]) => [`inputs.${name}`, of]),
        ),
        ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`inputs.${name}`, value])),
        'runner.temp': work,
      };
      const done: { [step: string]: { readonly code: number; readonly output: string } } = {};
      for (const step of action.runs.steps.filter(({ name }) => only.includes(name))) {
        const outputs = Object.fromEntries(
          readFileSync(join(work, 'output'), 'utf8')
            .split('\n')
            .map((line) => [`steps.review.outputs.${line.split('=')[0]!}`, line.split('=')[1] ?? '']),
        );
        const known = { ...values, ...outputs };
        const env = Object.fromEntries(
          Object.entries(step.env).map(([name, text]) => [
            name,
            text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/g, (_, expression: string) => known[expression] ?? ''),
          ]),
        );
        done[step.name] = await run(
          step.run,
          {
            ...inherited,
            PATH: `${join(runner, 'bin')}:${inherited['PATH'] ?? ''}`,
            HOME: runner,
            npm_config_prefix: runner,
            RUNNER_TEMP: work,
            GITHUB_ACTION_PATH: actionFolder,
            GITHUB_API_URL: api.url,
            GITHUB_REPOSITORY: 'acme/policies',
            GITHUB_EVENT_PATH: join(work, 'event.json'),
            GITHUB_OUTPUT: join(work, 'output'),
            GITHUB_STEP_SUMMARY: join(work, 'summary.md'),
            ...env,
          },
          work,
        );
      }
      return done;
    };

    const rule = {
      id: 'quarantine',
      agent: 'inbox_triage',
      action: 'inbox.quarantine',
      effect: 'allow',
      priority: 200,
      conditions: [{ field: 'parameters.risk_score', op: '>=', value: 85 }],
      reason: 'A message that scores 85 or more is dangerous',
    };
    const write = (name: string, value: unknown): void =>
      writeFileSync(join(work, name), JSON.stringify(value));
    const asked = {
      agent: 'inbox_triage',
      action: 'inbox.quarantine',
      context: { 'parameters.risk_score': 90 },
    };
    const inputs = (more: { readonly [name: string]: string } = {}): { readonly [name: string]: string } => ({
      bundle: 'bundle.json',
      'github-token': 'github-secret',
      tenant: 'demo',
      ...more,
    });

    beforeAll(async () => {
      await api.start();
      const scopes = 'POLICY_READ,POLICY_WRITE';
      token = (await stack.cli('token', '--tenant', 'demo', '--scope', scopes)).stdout.trim();
      const packed = await run(`node ${join(repository, 'apps/cli/pack.mjs')} ${runner}`, inherited, runner);
      const [sha512 = '', file = ''] = packed.output.trim().split('  ');
      cli = { file, sha512 };
    });
    afterAll(() => {
      api.stop();
      rmSync(runner, { recursive: true });
    });
    beforeEach(() => {
      work = mkdtempSync(join(tmpdir(), 'interlock-action-'));
      mkdirSync(work, { recursive: true });
      write('bundle.json', { version: '1.0.0', notes: '', rules: [rule] });
      write('cases.json', [{ ...asked, name: 'high', expect: 'allow' }]);
      api.comments = [];
      api.failures = [];
      api.asked.length = 0;
    });
    afterEach(() => rmSync(work, { recursive: true }));

    it('installs the command line only with the right hash', async () => {
      const wrong = await review(inputs({ cli: cli.file, 'cli-sha512': 'a'.repeat(128) }), {}, ['Install']);
      expect(wrong['Install']!.code).not.toBe(0);
      expect(existsSync(join(runner, 'bin/interlock'))).toBe(false);
      const right = await review(inputs({ cli: cli.file, 'cli-sha512': cli.sha512 }), {}, ['Install']);
      expect(right['Install']).toMatchObject({ code: 0 });
      expect(existsSync(join(runner, 'bin/interlock'))).toBe(true);
    });

    it('lints, runs the cases and compares, in one comment that the next run updates', async () => {
      write('released.json', { version: '0.9.0', notes: '', rules: [{ ...rule, effect: 'deny' }] });
      const given = inputs({ cases: 'cases.json', released: 'released.json' });
      const first = await review(given);
      expect(Object.values(first).map(({ code }) => code)).toEqual([0, 0, 0]);
      expect(api.comments).toHaveLength(1);
      for (const part of [
        '`bundle.json` passed',
        '✅ Lint',
        '✅ Cases',
        '✅ Compared with the released bundle',
      ])
        expect(api.comments[0]!.body).toContain(part);
      write('cases.json', [{ ...asked, name: 'high', expect: 'deny' }]);
      const second = await review(given);
      expect([second['Comment']!.code, second['Result']!.code]).toEqual([0, 1]);
      expect(api.comments).toHaveLength(1);
      expect(api.comments[0]!.body).toContain('❌ Cases');
      expect(readFileSync(join(work, 'summary.md'), 'utf8')).toContain('❌ Cases');
    });

    it('proposes a sound bundle as a draft, with its flip list and the hashes for an approval', async () => {
      const given = inputs({ propose: 'true', url: stack.runtime.http, token });
      const done = await review(given);
      expect(Object.values(done).map(({ code }) => code)).toEqual([0, 0, 0]);
      const { stdout } = await stack.cli('policy', 'show', '1.0.0', '--json');
      const { status, bundle_hash: hash } = JSON.parse(stdout) as {
        readonly status: string;
        readonly bundle_hash: string;
      };
      expect(status).toBe('draft');
      expect(api.comments[0]!.body).toContain('recorded decisions were made again');
      expect(api.comments[0]!.body).toContain(hash);
      expect(Object.values(done).some(({ output }) => output.includes(token))).toBe(false);
    });

    it('proposes nothing if a check fails', async () => {
      write('bundle.json', { version: '2.0.0', notes: '', rules: [{ ...rule, effect: 'perhaps' }] });
      const done = await review(inputs({ propose: 'true', url: stack.runtime.http, token }));
      expect(done['Result']!.code).toBe(1);
      expect(api.comments[0]!.body).toContain('Nothing was proposed');
      expect((await stack.cli('policy', 'show', '2.0.0')).code).not.toBe(0);
    });

    it('finds its comment on a later page, and leaves a person with the same words alone', async () => {
      await review(inputs());
      const [own] = api.comments;
      const others = Array.from({ length: 120 }, (_, id) => ({ id, body: 'hello', user: { type: 'User' } }));
      const copied = { id: 500, body: own!.body, user: { type: 'User' } };
      api.comments = [...others, copied, own!];
      api.asked.length = 0;
      await review(inputs());
      expect(api.asked.map((one) => one.split(' ')[0])).toEqual(['GET', 'GET', 'PATCH']);
      expect(api.asked[2]).toContain(`/comments/${own!.id}`);
      expect(api.comments).toHaveLength(122);
    });

    it('asks again where GitHub fails or limits, and cuts what is too long', async () => {
      api.failures = [{ status: 502 }, { status: 403, headers: { 'retry-after': '0' } }];
      await review(inputs(), undefined, ['Review']);
      writeFileSync(join(work, 'interlock-review.md'), 'x'.repeat(80_000));
      const { Comment: done } = await review(inputs(), undefined, ['Comment']);
      expect(done).toMatchObject({ code: 0 });
      expect(api.comments[0]!.body).toHaveLength(65_536);
      expect(api.asked.map((one) => one.split(' ')[0])).toEqual(['GET', 'GET', 'GET', 'POST']);
    });

    it('warns where the token may only read, and fails where it is wrong, without the token in its words', async () => {
      api.failures = [{ status: 403 }];
      const read = await review(inputs());
      expect(read['Comment']).toMatchObject({ code: 0 });
      expect(read['Comment']!.output).toContain('::warning::');
      const wrong = await review(inputs({ 'github-token': 'other-secret' }));
      expect(wrong['Comment']).toMatchObject({ code: 1 });
      expect(wrong['Comment']!.output).toContain('GitHub answered 401: Bad credentials');
      expect(wrong['Comment']!.output).not.toContain('other-secret');
    });

    it('comments nothing outside of a pull request', async () => {
      const done = await review(inputs(), { ref: 'refs/heads/main' });
      expect(Object.values(done).map(({ code }) => code)).toEqual([0, 0, 0]);
      expect(api.asked).toEqual([]);
    });
  });
};
