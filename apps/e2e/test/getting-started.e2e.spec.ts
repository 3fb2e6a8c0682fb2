import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteWhere } from '@interlock/testing';
import { blocksOf, DocumentShell } from './document-shell.js';
import { repository, Stack } from './stack.js';

// The commands of docs/getting-started.md, run one after the other as a reader would, on an Interlock with nothing in it.

const text = readFileSync(join(repository, 'docs/getting-started.md'), 'utf8');
const blocks = blocksOf(text);
const missing = ['bash', 'curl', 'jq'].filter((program) => spawnSync(program, ['--version']).status !== 0);

suiteWhere(describe, 'the commands of docs/getting-started.md', missing, () => {
  const stack = new Stack({ args: ['--no-demo'] });
  let shell: DocumentShell;
  beforeAll(async () => {
    await stack.start();
    const folder = join(stack.home, 'getting-started');
    mkdirSync(folder);
    shell = new DocumentShell(folder, stack.home, { INTERLOCK_URL: stack.runtime.http });
  });
  afterAll(async () => {
    await shell.end();
    await stack.remove();
  });

  it('begin with what the start printed: where the console is, and a link for each role', () => {
    expect(text.match(/^```sh/gm)).toHaveLength(blocks.length);
    expect(stack.output).toMatch(
      /^ {2}console {4}http:\/\/127\.0\.0\.1:\d+ {3}sign in with one of these links/m,
    );
    expect(stack.output).toMatch(/^ {4}administrator {4}http:\/\/\S+\/login#invitation=[\w-]{32}$/m);
  });

  it.each(blocks.map((block) => [block.line, block] as const))('line %i', async (_line, block) => {
    const { ok, output } = await shell.run(block);
    expect(ok ? '' : output).toBe('');
  });
});
