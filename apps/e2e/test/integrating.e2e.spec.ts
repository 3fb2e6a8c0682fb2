import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteWhere, until } from '@interlock/testing';
import { blocksOf, DocumentShell, type Block } from './document-shell.js';
import { repository, Stack } from './stack.js';

// The commands of docs/integrating.md, run one after the other as a reader would: with the demo, where the first intent goes on by itself, and without, where it is held.

const text = readFileSync(join(repository, 'docs/integrating.md'), 'utf8');
const blocks = blocksOf(text);
const isYes = ({ text: commands }: Block): boolean => commands.includes('actions approve');
const goesOnByItself = ({ text: commands }: Block): boolean =>
  commands.includes('"COMPLETED"') && !commands.includes('actions approve');

const missing = ['bash', 'curl', 'jq'].filter((program) => spawnSync(program, ['--version']).status !== 0);
suiteWhere(describe, 'the commands of docs/integrating.md', missing, () => {
  it('are all in blocks that are run, the yes of a person and the end without one among them', () => {
    expect(text.match(/^```sh/gm)).toHaveLength(blocks.length);
    expect([blocks.filter(isYes).length, blocks.filter(goesOnByItself).length]).toEqual([1, 1]);
  });

  describe.each([
    ['with the demo', [], (block: Block) => !isYes(block)],
    ['without the demo', ['--no-demo'], (block: Block) => !goesOnByItself(block)],
  ] as const)('%s', (_, args, isRun) => {
    const stack = new Stack({ args });
    let shell: DocumentShell;
    beforeAll(async () => {
      await stack.start();
      const folder = join(stack.home, 'integrating');
      mkdirSync(folder);
      shell = new DocumentShell(folder, stack.home, { INTERLOCK_URL: stack.runtime.http });
    });
    afterAll(async () => {
      await shell.end();
      await stack.remove();
    });

    it.each(blocks.filter(isRun).map((block) => [block.line, block] as const))(
      'line %i',
      async (_line, block) => {
        const { ok, output } = await shell.run(block);
        expect(ok ? '' : output).toBe('');
      },
    );

    it('the demo tells why it holds what it holds', async () => {
      if (args.length === 0)
        await until(() => stack.output.includes('AWAITING_CONFIRMATION'), 'the demo holds an action');
      const held = stack.output.split('\n').filter((line) => line.includes('AWAITING_'));
      for (const line of held) expect(line).toMatch(/(stops it|a person's yes): \S/);
      expect(held.length > 0).toBe(args.length === 0);
    });
  });
});
