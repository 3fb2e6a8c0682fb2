import { createInterface } from 'node:readline/promises';
import { CliError, print, visible } from './session.js';

export type Terminal = {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
};

/** What a person is to say yes to: in words, and the digest that stands with it. */
export type Question = { readonly lines: readonly string[]; readonly digest: string };

const digestPattern = /^[0-9a-f]{64}$/;

/**
 * The digest of what somebody has read: `named` on the command line by who has read it before, else
 * of what is shown now and agreed to on the terminal. Throws where there is no terminal and nothing
 * is named, or where the answer is no: a yes to what nobody read is never sent.
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
      `nobody was asked, because this is no terminal: read what stands above, and ${verb} it with --digest`,
      2,
    );
  }
  // What is asked stands where it is answered, whatever becomes of the standard output.
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
