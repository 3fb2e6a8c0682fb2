import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { routesOf } from './program/routes.js';

/** An option for the reference and the completion. */
export type OptionNode = {
  readonly flags: string;
  readonly about: string;
  readonly takes_value: boolean;
  readonly choices: readonly string[];
};
/** A command and its subcommands. */
export type CommandNode = {
  readonly name: string;
  readonly about: string;
  readonly arguments: readonly string[];
  readonly options: readonly OptionNode[];
  readonly routes: readonly string[];
  readonly commands: readonly CommandNode[];
};

/** A command and all its subcommands, as data. */
export const treeOf = (command: Command): CommandNode => ({
  name: command.name(),
  about: command.description(),
  arguments: command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  }),
  options: command.options
    .filter((option) => !option.hidden)
    .map((option) => ({
      flags: option.flags,
      about: option.description,
      takes_value: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
  routes: [...routesOf(command)],
  commands: command.commands.map(treeOf),
});

const file = new URL('../commands.json', import.meta.url);

/**
 * Returns the commands as the build stored them, so that they can be listed without loading
 * modules; undefined if the file is missing.
 */
export const writtenTree = (): CommandNode | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CommandNode) : undefined;
