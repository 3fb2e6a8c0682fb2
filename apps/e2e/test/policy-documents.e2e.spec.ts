import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blocksOf, DocumentShell } from './document-shell.js';
import { repository, Stack } from './stack.js';

// The commands of the policy documents, run one after the other on a running Interlock with its demo, as whoever reads them would.

const missing = ['bash', 'curl', 'jq'].filter((program) => spawnSync(program, ['--version']).status !== 0);
const describeWhere = missing.length === 0 ? describe : describe.skip;
const documents = ['POLICY_STUDIO.md', 'RUNBOOK_POLICY.md'] as const;

describeWhere(`the commands of the policy documents${missing.length === 0 ? '' : ` (skipped: there is no ${missing.join(', no ')})`}`, () => {
  const stack = new Stack({ args: [] });
  beforeAll(() => stack.start(), 240_000);
  afterAll(() => stack.remove(), 60_000);

  describe.each(documents)('docs/%s', (name) => {
    const blocks = blocksOf(readFileSync(join(repository, 'docs', name), 'utf8'));
    const folder = join(stack.home, `documents-${name}`);
    let shell: DocumentShell;
    beforeAll(() => {
      mkdirSync(folder);
      shell = new DocumentShell(folder, stack.home, { INTERLOCK_URL: stack.runtime.http });
    });
    afterAll(() => shell.end());

    it('has commands', () => { expect(blocks.length).toBeGreaterThan(9); });

    it.each(blocks.map((block) => [block.line, block] as const))('line %i', async (_, block) => {
      expect(await shell.run(block)).toEqual({ ok: true, output: expect.anything() as unknown });
    }, 120_000);
  });
});
