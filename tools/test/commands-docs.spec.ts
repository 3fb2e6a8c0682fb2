import { spawnSync } from 'node:child_process';
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
  ...readdirSync(join(root, 'docs/runbooks')).map((name) => `docs/runbooks/${name}`),
];
const start = /(?:^|[(] ?|&& ?|\$\()(?:npm run -s interlock --|interlock) +([^#&)|]*)/g;

/** The command lines of the client in a document's code, each as its words. */
const usesIn = (file: string): readonly (readonly string[])[] => {
  const text = readFileSync(join(root, file), 'utf8');
  const code = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((match) => match[1]!.split('\n'));
  return code.flatMap((line) =>
    [...line.matchAll(start)].map((match) =>
      match[1]!
        .replaceAll(/"[^"]*"/g, 'TEXT')
        .trim()
        .split(/ +/),
    ),
  );
};
const globals = ['--home', '--tenant', '--as'];

/** `["actions", "show"]` and the options that are used with it; globals before the command are left out. */
const commandOf = (
  words: readonly string[],
): { readonly command: string; readonly options: readonly string[] } => {
  const rest = [...words];
  while (globals.includes(rest[0] ?? '')) rest.splice(0, 2);
  const end = rest.findIndex((word) => !/^[a-z-]+$/.test(word) || word.startsWith('-'));
  const command = end < 0 ? rest : rest.slice(0, end);
  return { command: command.join(' '), options: rest.filter((word) => word.startsWith('-')) };
};

const uses = files.flatMap((file) => usesIn(file).map(commandOf));
const commands = [...new Set(uses.map(({ command }) => command))].filter((command) => command !== '').sort();

describe('the commands in documents', () => {
  it('are there', () => {
    expect(commands.length).toBeGreaterThan(9);
  });

  it.each(commands)('interlock %s is one, with the options that are used', (command) => {
    const { stdout, status } = spawnSync(
      process.execPath,
      [join(root, 'apps/cli/dist/main.js'), ...command.split(' '), '--help'],
      { encoding: 'utf8' },
    );
    expect(status).toBe(0);
    // Words behind the command's name, such as a tenant's, are its arguments.
    const [, name = '', rest = ''] =
      /^Usage: interlock ([a-z -]+?)((?: [[<].*)?)$/.exec(stdout.split('\n')[0]!) ?? [];
    const given = command === name ? [] : command.slice(name.length).trim().split(' ');
    expect(`${command} `.startsWith(`${name} `)).toBe(true);
    expect(given.length).toBeLessThanOrEqual([...rest.matchAll(/[<[](?!options)/g)].length);
    const used = new Set(uses.filter((use) => use.command === command).flatMap(({ options }) => options));
    expect([...used].filter((option) => !stdout.includes(option) && !globals.includes(option))).toEqual([]);
  });
});
