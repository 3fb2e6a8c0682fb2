import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteWhere, until } from '@interlock/testing';
import { repository, Stack, type RunResult } from './stack.js';

// The examples as a reader runs them, beside one `npm start`.

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
beforeAll(async () => {
  await stack.start();
  await until(
    () => /  (COMPLETED|ROLLED_BACK|AWAITING_\w+) /.test(stack.output),
    'the demo has its settings',
  );
});
afterAll(() => stack.remove());

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

  const missing = spawnSync('python3', ['-c', 'import nats']).status === 0 ? [] : ['nats-py'];
  suiteWhere(describe, 'in Python', missing, () => {
    it('asks by HTTP and follows its action to the end', async () => {
      expect((await example('python-agent')).join('\n')).toMatch(/^knowledge\.reindex: COMPLETED \(.+\)$/);
    });
  });
});
