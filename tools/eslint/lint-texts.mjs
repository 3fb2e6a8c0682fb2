// Lints texts as the content of given files, without types, with the repository's own
// configuration. Reads a JSON list of { file, text } from stdin. Writes a JSON list of the ids and
// messages of the rules that each text breaks.
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';

import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';

import { root } from '../run/node.mjs';

// The boundaries rule reads Nx' graph, and reports nothing if there is none.
await createProjectGraphAsync({ exitOnError: false, resetDaemonClient: true });

const eslint = new ESLint({ cwd: root });
const answers = [];
for (const { file, text: source } of JSON.parse(await text(process.stdin))) {
  const [result] = await eslint.lintText(source, { filePath: join(root, file), warnIgnored: true });
  answers.push((result?.messages ?? []).map(({ ruleId, message }) => ({ rule: ruleId, message })));
}
process.stdout.write(JSON.stringify(answers));
