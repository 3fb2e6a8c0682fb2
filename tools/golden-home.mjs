// Freezes the golden home of a release, which every later release restores and starts in its tests:
//   node tools/golden-home.mjs
// It starts Interlock in a scratch home and waits until the demo has shown its outcomes. Then it
// backs the home up to fixtures/homes/VERSION. The keys and secrets in it are of that scratch home
// alone. A golden home is never changed: a change of an event's shape needs an upcaster instead
// (CONTRIBUTING.md).
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { withDemo } from './demo-home.mjs';
import { root } from './run/node.mjs';

const { version } = JSON.parse(readFileSync(join(root, 'apps/cli/package.json'), 'utf8'));
const folder = join(root, 'fixtures/homes', version);
if (existsSync(folder)) {
  process.stderr.write(`${folder} is frozen: raise the version first\n`);
  process.exit(1);
}
await withDemo((home) => {
  execFileSync(process.execPath, [join(root, 'tools/run.mjs'), 'cli', '--home', home, 'backup', folder], {
    cwd: root,
    stdio: 'inherit',
  });
});
