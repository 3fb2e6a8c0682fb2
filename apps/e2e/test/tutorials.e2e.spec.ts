import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, suiteWhere } from '@interlock/testing';
import { blocksOf, DocumentShell } from './document-shell.js';
import { repository, Stack } from './stack.js';

// Runs every command of the tutorials on an Interlock without the demo. Each tutorial has a shell
// and a folder of its own. Only the port of the agent's handler is replaced.

/** The operator's stop would block the actions of the others. */
const names = ['agent-developer', 'approver', 'auditor', 'policy-author', 'platform-engineer', 'operator'];
const textOf = (name: string): string =>
  readFileSync(join(repository, 'docs/tutorials', `${name}.md`), 'utf8');
const missing = ['bash', 'curl', 'jq', 'openssl'].filter(
  (program) => spawnSync(program, ['--version']).error !== undefined,
);

it('every tutorial is run, with every command in it', () => {
  const written = globSync('docs/tutorials/*.md', { cwd: repository }).map((file) => basename(file, '.md'));
  expect(written.toSorted()).toEqual(names.toSorted());
  for (const name of names)
    expect([name, textOf(name).match(/^```(?:sh|bash|shell|console)\b/gm)?.length]).toEqual([
      name,
      blocksOf(textOf(name)).length,
    ]);
});

suiteWhere(describe, 'the tutorial of the', missing, () => {
  const stack = new Stack();
  beforeAll(() => stack.start());
  afterAll(() => stack.remove());

  describe.each(names)('%s', (name) => {
    let shell: DocumentShell;
    let port = 0;
    let folder = '';
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'interlock-tutorial-'));
      // The reader works in the folder of the sources, which has the client.
      symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
      port = await freePort();
      shell = new DocumentShell(folder, stack.home, { INTERLOCK_URL: stack.runtime.http });
    });
    afterAll(async () => {
      await shell.end();
      rmSync(folder, { recursive: true });
    });

    it.each(blocksOf(textOf(name)).map((block) => [block.line, block] as const))(
      'line %i',
      async (_, block) => {
        const { ok, output } = await shell.run({
          ...block,
          text: block.text.replace('HANDLER_PORT=8472', `HANDLER_PORT=${port}`),
        });
        expect(ok ? '' : output).toBe('');
      },
    );
  });
});
