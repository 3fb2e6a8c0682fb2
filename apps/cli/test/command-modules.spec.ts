import { Command } from 'commander';
import { describe, expect, it } from '@jest/globals';
import { commandModules, modulesFor } from '../src/command-modules.js';

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

  it('share no word', () => {
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([
    { args: ['actions', 'list'] },
    { args: ['--tenant', 'audit', 'actions', 'list'] },
    { args: ['--tenant=audit', 'actions', 'list'] },
    { args: ['--as', 'audit', '--home', 'policy', 'actions'] },
    { args: ['help', 'actions'] },
  ])('are loaded for the first word alone: $args', ({ args }) => {
    expect(modulesFor(args).map(({ words }) => words)).toEqual([['actions']]);
  });

  it.each([
    { args: [] },
    { args: ['--help'] },
    { args: ['--version'] },
    { args: ['nonsense'] },
    { args: ['help'] },
    { args: ['--tenant', 'actions'] },
  ])('are all loaded where no word names one: $args', ({ args }) => {
    expect(modulesFor(args)).toEqual(commandModules);
  });
});
