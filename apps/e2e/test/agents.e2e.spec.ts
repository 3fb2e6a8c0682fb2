import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteWhere, until } from '@interlock/testing';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { repository, Stack, type RunResult } from './stack.js';

// The examples as a reader runs them, beside one `npm start`, and the command line for MCP servers after them.

const stack = new Stack({ args: [] });

const environment = (more: { readonly [name: string]: string } = {}): { readonly [name: string]: string } => {
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const kept = Object.entries({ ...inherited, INTERLOCK_HOME: stack.home, ...more });
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
};
/** Runs Node from the root of the sources; never throws. */
const node = (args: readonly string[], more: { readonly [name: string]: string } = {}): Promise<RunResult> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--no-warnings', ...args],
      { cwd: repository, env: environment(more) },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr });
      },
    );
  });
const said = ({ code, stdout, stderr }: RunResult): readonly string[] =>
  code === 0 ? stdout.trim().split('\n') : [`it ended with ${code}`, stdout, stderr];

const example = async (name: string): Promise<readonly string[]> =>
  said(await node([join('examples', name, 'run.mjs')]));
const json = async (...args: readonly string[]): Promise<unknown> => {
  const { code, stdout, stderr } = await stack.cli(...args);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as unknown;
};

beforeAll(async () => {
  await stack.start();
  await until(
    () => /  (COMPLETED|ROLLED_BACK|AWAITING_\w+) /.test(stack.output),
    'the demo has its settings',
  );
});
afterAll(() => stack.remove());

describe('the client', () => {
  it('does what its README shows', async () => {
    const readme = readFileSync(join(repository, 'libs/client/README.md'), 'utf8');
    const blocks = [...readme.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
    expect(blocks).toHaveLength(1);
    const token = await stack.cli(
      'token',
      '--tenant',
      'demo',
      '--scope',
      'AUTONOMOUS_SUBMIT,AUTONOMOUS_READ',
    );
    const ran = await node(['--input-type=module', '--eval', blocks.join('\n')], {
      INTERLOCK_URL: stack.runtime.http,
      INTERLOCK_TOKEN: token.stdout.trim(),
    });
    expect(said(ran)).toEqual(['COMPLETED', 'validation-failed true']);
    expect(readme).toContain('It prints `COMPLETED` and `validation-failed true`.');
  });
});

describe('the example', () => {
  it('inbox-agent has one action approved, one denied and one taken back', async () => {
    expect(await example('inbox-agent')).toEqual([
      'message-1: COMPLETED, in the folder quarantine',
      'message-2: DENIED, in the folder inbox',
      'message-3: ROLLED_BACK, in the folder inbox',
    ]);
  });

  it('mcp-files reads at once, and moves only after a yes', async () => {
    expect(await example('mcp-files')).toEqual([
      'tools: read_text_file, move_file, interlock_continue',
      'read: the figures of the year',
      'move: pending, waits for the approval of a person',
      'move, once approved: done',
    ]);
  });

  const missing = spawnSync('python3', ['--version']).status === 0 ? [] : ['python3'];
  suiteWhere(describe, 'in Python', missing, () => {
    it('asks by HTTP and follows its action to the end', async () => {
      expect((await example('python-agent')).join('\n')).toMatch(/^knowledge\.reindex: COMPLETED \(.+\)$/);
    });
  });
});

describe('interlock mcp', () => {
  it('shows the registered servers, and what one says now', async () => {
    expect(await json('mcp', 'servers')).toMatchObject({
      items: [{ server: 'files', tools: [{ state: 'confirmed' }, { state: 'confirmed' }] }],
    });
    const seen = JSON.stringify(await json('mcp', 'look', 'files'));
    expect(seen).toContain('"mcp.files.write_file"');
  });

  it('says what a program is that cannot be allowed', async () => {
    const relative = await stack.cli('mcp', 'allow', 'shell', '--', 'sh');
    expect([relative.code, relative.stderr]).toEqual([2, expect.stringContaining('by its absolute path')]);
  });

  it('proxy serves the tools of a server on the standard streams, behind the rails', async () => {
    const client = new Client({ name: 'desktop', version: '1.0.0' });
    const told = ['--server', 'files', '--agent', 'files-agent', '--account', 'files', '--wait-ms', '55000'];
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: ['--no-warnings', 'apps/cli/dist/main.js', '--home', stack.home, 'mcp', 'proxy', ...told],
        cwd: repository,
        env: { ...environment() },
        stderr: 'ignore',
      }),
    );
    const folder = join(realpathSync(stack.home), 'example-files');
    const tools = (await client.listTools()).tools.map(({ name }) => name);
    expect(tools).toEqual(['read_text_file', 'move_file', 'interlock_continue']);
    const refused = await client.callTool({ name: 'read_text_file', arguments: { path: 7 } });
    expect(refused).toMatchObject({ isError: true, structuredContent: { code: 'validation-failed' } });
    const missing = await client.callTool({
      name: 'read_text_file',
      arguments: { path: join(folder, 'gone.txt') },
    });
    expect(missing).toMatchObject({ isError: true, _meta: { interlock: { state: 'ROLLED_BACK' } } });
    await client.close();
  });
});
