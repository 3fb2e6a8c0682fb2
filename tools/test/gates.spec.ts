import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';
import { gateNames } from '@interlock/rails';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the gates', () => {
  const inWords = gateNames.map((gate) =>
    gate.replaceAll('_', ' ').replace('auto approval', 'auto-approval'),
  );

  it('are in the README and in docs/architecture.md, in their order', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const sentence = /^1\. \w+ gates decide: (.*)\.$/m.exec(readme)?.[1];
    expect(sentence?.split(', ')).toEqual(inWords);
    const architecture = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
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
