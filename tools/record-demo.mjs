// Records the demo's log anew for the tests:
//   node tools/record-demo.mjs
// It starts Interlock in a scratch home and waits until the demo has shown its outcomes. Then it
// exports the log of the tenant `demo` to fixtures/streams/demo.ndjson, without the seal. A change
// of an event's shape needs an upcaster instead (CONTRIBUTING.md).
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { withDemo } from './demo-home.mjs';

const root = new URL('..', import.meta.url).pathname;
const run = join(root, 'tools/run.mjs');

await withDemo((home) => {
  const file = join(home, 'export.ndjson');
  execFileSync(process.execPath, [run, 'cli', '--home', home, 'audit', 'export', '-o', file], {
    cwd: root,
    stdio: 'inherit',
  });
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const events = lines.filter((line) => !('seal' in JSON.parse(line)));
  writeFileSync(join(root, 'fixtures/streams/demo.ndjson'), `${events.join('\n')}\n`);
});
