#!/usr/bin/env node
import { isProblem } from '@interlock/kernel';
import { wordOf } from './command-modules.js';
import { overviewText } from './overview.js';
import { print } from './output/output.js';
import { visibleLines } from './output/visible.js';
import { programFor, version } from './program.js';
import { CliError } from './session.js';
import { writtenTree } from './tree.js';

const args = process.argv.slice(2);

// Who reads what is written may have read enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

try {
  if (wordOf(args) === undefined && !args.some((arg) => /^(?:-h|--help|-V|--version)$/.test(arg)))
    print(overviewText(version(), writtenTree()));
  else await (await programFor(args)).parseAsync();
} catch (error) {
  const told =
    error instanceof CliError
      ? error.message
      : isProblem(error)
        ? error.detail
        : error instanceof Error
          ? error.message
          : String(error);
  if (told !== '') process.stderr.write(`interlock: ${visibleLines(told)}\n`);
  process.exitCode = error instanceof CliError ? error.exitCode : 1;
}
