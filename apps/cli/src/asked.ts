import { createInterface } from 'node:readline/promises';
import { CliError, print, visible } from './connection/session.js';

export type Terminal = {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
};

/** A request for a person's consent: the words, and their digest. */
export type Question = { readonly lines: readonly string[]; readonly digest: string };

const digestPattern = /^[0-9a-f]{64}$/;

/**
 * Returns the digest of the text that the caller has read. Either the command line gives it as
 * `named`, or the text is shown now and the caller agrees on the terminal. Throws if neither is
 * possible, or if the answer is no. So consent to unread text is never sent.
 */
export const digestOfRead = async (
  { lines, digest }: Question,
  verb: string,
  named: string | undefined,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
  show: (text: string) => void = print,
): Promise<string> => {
  if (named !== undefined) {
    if (!digestPattern.test(named)) throw new CliError('--digest takes 64 hexadecimal digits', 2);
    return named;
  }
  const text = [...lines, `digest ${digest}`].map(visible).join('\n');
  if (terminal.input.isTTY !== true || terminal.output.isTTY !== true) {
    show(text);
    throw new CliError(
      `this is not a terminal, so the question was not asked: read the text above, and ${verb} it with --digest`,
      2,
    );
  }
  // The question appears on the terminal even if the standard output is redirected.
  terminal.output.write(`${text}\n`);
  const asking = createInterface(terminal);
  try {
    const answer = await asking.question(`${verb} this? [y/N] `);
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new CliError('nothing was said: the answer was not yes');
    return digest;
  } finally {
    asking.close();
  }
};
