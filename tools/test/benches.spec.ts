import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { root } from '../run/node.mjs';

/** The modules that `npm run bench` loads, each when its benchmark is asked for. */
const modules = [
  ...readFileSync(join(root, 'bench/run.mjs'), 'utf8').matchAll(/import\('(\.\/[^']+\.mjs)'\)/g),
].map(([, module]) => module!);

describe('the benchmarks', () => {
  it('all load, with what they use of the built libraries and of the tests', async () => {
    expect(modules.length).toBeGreaterThan(10);
    const script = `for (const module of ${JSON.stringify(modules)})
      await import(new URL(module, 'file://${join(root, 'bench')}/')).then(
        ({ measure }) => process.stdout.write(typeof measure === 'function' ? '' : module + ' measures nothing\\n'),
        (error) => process.stdout.write(module + ': ' + error.message + '\\n'));
      process.exit(0);`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--no-warnings',
      '--input-type=module',
      '--eval',
      script,
    ]);
    expect(stdout).toBe('');
  });
});
