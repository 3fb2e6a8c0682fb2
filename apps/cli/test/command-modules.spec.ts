import { Command } from 'commander';
import { describe, expect, it } from '@jest/globals';
import { commandModules, isBare, modulesFor, withoutHelpWord } from '../src/commands/command-modules.js';
import { wholeProgram } from '../src/program/program.js';
import { treeOf, type CommandNode } from '../src/tree.js';

const all = commandModules.flatMap(({ words }) => words);

describe('the modules of commands', () => {
  it.each(commandModules.map((module) => [module.words.join(', '), module] as const))(
    'name all commands of the module of %s, and no others',
    async (_, { words, load }) => {
      const program = new Command();
      (await load())(program, () => ({ tenant: 'demo' }));
      expect(program.commands.map((command) => command.name()).sort()).toEqual([...words].sort());
    },
  );

  it('share no word', () => expect(new Set(all).size).toBe(all.length));

  it.each([
    { args: ['actions', 'list'] },
    { args: ['--tenant', 'audit', 'actions', 'list'] },
    { args: ['--tenant=audit', 'actions', 'list'] },
    { args: ['--as', 'audit', '--home', 'policy', 'actions'] },
  ])('are loaded only for the first word: $args', ({ args }) =>
    expect(modulesFor(args).map(({ words }) => words)).toEqual([['actions']]),
  );

  it.each([
    { args: [] },
    { args: ['--help'] },
    { args: ['--version'] },
    { args: ['nonsense'] },
    { args: ['help'] },
    { args: ['--tenant', 'actions'] },
  ])('are all loaded if no word names one: $args', ({ args }) =>
    expect(modulesFor(args)).toEqual(commandModules),
  );
});

describe('a command line', () => {
  it.each([
    [
      ['help', 'actions', 'list'],
      ['actions', 'list', '--help'],
    ],
    [
      ['--tenant', 'help', 'help', 'actions'],
      ['--tenant', 'help', 'actions', '--help'],
    ],
    [['help'], ['--help']],
    [
      ['actions', 'help'],
      ['actions', 'help'],
    ],
  ])('%j requests help like %j', (args, meant) => expect(withoutHelpWord(args)).toEqual(meant));

  it.each([
    [[], true],
    [['--home', 'h', '--tenant=demo'], true],
    [['--verison'], false],
    [['--help'], false],
    [['status'], false],
  ])('%j contains only where to connect: %j', (args, bare) => expect(isBare(args)).toBe(bare));
});

describe('every command', () => {
  const all = (node: CommandNode, before: string): readonly (readonly [string, CommandNode])[] => {
    const name = `${before} ${node.name}`.trim();
    return [[name, node], ...node.commands.flatMap((one) => all(one, name))];
  };

  it('describes its purpose and each of its options', async () => {
    const nodes = all(treeOf(await wholeProgram()), '');
    expect(nodes.length).toBeGreaterThan(150);
    expect(nodes.filter(([, { about }]) => about === '').map(([name]) => name)).toEqual([]);
    expect(
      nodes.flatMap(([name, { options }]) =>
        options.filter(({ about }) => about === '').map(({ flags }) => `${name} ${flags}`),
      ),
    ).toEqual([]);
  });
});
