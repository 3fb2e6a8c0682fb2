import { isProblem } from '@interlock/kernel';
import { isBare, withoutHelpWord } from '../commands/command-modules.js';
import { overviewText } from './overview.js';
import { programFor, refusingUnknown } from './program.js';
import { CliError } from '../connection/session.js';
import { print } from '../output/output.js';
import { visibleLines } from '../output/visible.js';
import { writtenTree } from '../tree.js';
import { version } from '../version.js';

/** Runs the command of these words. Writes a fault to the standard error and sets the exit code. */
export const runCommand = async (words: readonly string[]): Promise<void> => {
  const args = withoutHelpWord(words);
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
};
