import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...['runbooks', 'tutorials'].flatMap((folder) =>
    readdirSync(join(root, 'docs', folder)).map((name) => `docs/${folder}/${name}`),
  ),
];
const start = /(?:^|[(] ?|&& ?|\$\()(?:npm run -s interlock --|interlock) +([^#&)|]*)/g;

/** The client's command lines in a document's code, each as words. */
const usesIn = (file: string): readonly (readonly string[])[] => {
  const text = readFileSync(join(root, file), 'utf8');
  const code = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((match) => match[1]!.split('\n'));
  return code.flatMap((line) =>
    [...line.matchAll(start)].map((match) =>
      match[1]!
        .replaceAll(/"[^"]*"/g, 'TEXT')
        // Another program's output, and `-` for the input, are arguments.
        .replaceAll(/\$\(.*| -(?= |$)/g, ' TEXT')
        .trim()
        .split(/ +/),
    ),
  );
};

type Command = {
  readonly name: string;
  readonly arguments: readonly object[];
  readonly options: readonly { readonly flags: string }[];
  readonly commands?: readonly Command[];
};
/** The commands of the client, as `npm run build` writes them beside its bundle. */
const tree = JSON.parse(readFileSync(join(root, 'apps/cli/commands.json'), 'utf8')) as Command;
/** The command that the words name; words after its name, such as a tenant's, are its arguments. */
const find = (words: readonly string[]): { readonly found: Command; readonly given: readonly string[] } => {
  let found = tree;
  for (const [i, word] of words.entries()) {
    const next = found.commands?.find(({ name }) => name === word);
    if (next === undefined) return { found, given: words.slice(i) };
    found = next;
  }
  return { found, given: [] };
};
const globals = ['--home', '--tenant', '--as'];

/**
 * The command such as `["actions", "show"]`, and its options. Globals before the command are
 * omitted, and so is another program's command line after `--`.
 */
const commandOf = (
  words: readonly string[],
): { readonly command: string; readonly options: readonly string[] } => {
  const rest = words.includes('--') ? words.slice(0, words.indexOf('--')) : [...words];
  while (globals.includes(rest[0] ?? '')) rest.splice(0, 2);
  const end = rest.findIndex((word) => !/^[a-z-]+$/.test(word) || word.startsWith('-'));
  const command = end < 0 ? rest : rest.slice(0, end);
  return { command: command.join(' '), options: rest.filter((word) => word.startsWith('-')) };
};

const uses = files.flatMap((file) => usesIn(file).map(commandOf));
const commands = [...new Set(uses.map(({ command }) => command))].filter((command) => command !== '').sort();

describe('the commands in documents', () => {
  it('are found', () => expect(commands.length).toBeGreaterThan(9));

  it.each(commands)('interlock %s exists, with its options', (command) => {
    const { found, given } = find(command.split(' '));
    expect(found.commands?.length ?? 0).toBe(0);
    expect(given.length).toBeLessThanOrEqual(found.arguments.length);
    const used = new Set(uses.filter((use) => use.command === command).flatMap(({ options }) => options));
    const known = [...found.options, ...tree.options].flatMap(
      ({ flags }) => flags.match(/--?[a-z-]+/gi) ?? [],
    );
    expect([...used].filter((option) => !known.includes(option))).toEqual([]);
  });
});
