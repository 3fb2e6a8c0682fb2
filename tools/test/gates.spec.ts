import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';
import { gateNames } from '@interlock/rails';

/** Numbers as the documents write them: `nine gates`. */
const numbers = ['seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the gates', () => {
  const inWords = gateNames.map((gate) =>
    gate.replaceAll('_', ' ').replace('auto approval', 'auto-approval'),
  );

  const read = (file: string): string => readFileSync(join(root, file), 'utf8');

  it('are in the whitepaper, in their order', () => {
    const rows = read('docs/AUTONOMOUS_SAFETY_WHITEPAPER.md').matchAll(/^\| (\d+ [a-z][a-z -]+?) +\|/gm);
    expect([...rows].map(([, row]) => row)).toEqual(inWords.map((gate, i) => `${i + 1} ${gate}`));
  });

  it.each(['README.md', 'docs/architecture.md', 'docs/OFCOM_PRE_NOTIFICATION.md'])(
    'are counted right in %s',
    (file) => {
      const counted = [...read(file).matchAll(/\b([a-z]+) gates\b/gi)].map(([, number]) =>
        number!.toLowerCase(),
      );
      const named = counted.filter((word) => numbers.includes(word));
      expect(new Set(named)).toEqual(new Set([numbers[gateNames.length - 7]]));
    },
  );

  it('are in the README and in docs/architecture.md, in their order', () => {
    const readme = read('README.md');
    const sentence = /^1\. \w+ gates decide: (.*)\.$/m.exec(readme)?.[1];
    expect(sentence?.split(', ')).toEqual(inWords);
    const architecture = read('docs/architecture.md');
    const [table] = architecture.slice(architecture.indexOf('### Gates')).split('\n\nEach gate answers');
    expect([...table!.matchAll(/^\| (\d+) +\| ([\w -]+?) +\|/gm)].map(([, n, gate]) => [n, gate])).toEqual(
      inWords.map((gate, i) => [`${i + 1}`, gate]),
    );
    const [, ...drawn] = /^ +i\[intent\] --> (.*)$/m.exec(architecture)![1]!.split(/g\d+\[/);
    expect(drawn.map((one) => one.replace(/\].*$/, ''))).toEqual(
      inWords.map((gate, i) => `${i + 1} ${gate.replace('autonomy mode', 'mode')}`),
    );
  });
});
