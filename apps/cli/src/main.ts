#!/usr/bin/env node
import { isProblem } from '@interlock/kernel';
import { isBare, withoutHelpWord } from './command-modules.js';
import { overviewText } from './overview.js';
import { print } from './output/output.js';
import { visibleLines } from './output/visible.js';
import { programFor, refusingUnknown } from './program.js';
import { CliError } from './session.js';
import { writtenTree } from './tree.js';
import { version } from './version.js';

const args = withoutHelpWord(process.argv.slice(2));

// A reader such as `head` may close the output early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

try {
  if (isBare(args)) print(overviewText(version, writtenTree()));
  else {
    const program = await programFor(args);
    await program.parseAsync(refusingUnknown(program, args), { from: 'user' });
  }
} catch (error) {
  const message =
    error instanceof CliError
      ? error.message
      : isProblem(error)
        ? error.detail
        : error instanceof Error
          ? error.message
          : String(error);
  if (message !== '') process.stderr.write(`interlock: ${visibleLines(message)}\n`);
  process.exitCode = error instanceof CliError ? error.exitCode : 1;
}
