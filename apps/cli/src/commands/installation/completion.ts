import { Argument, type Command } from 'commander';
import { completionText, shells, type Shell } from '../../program/completion.js';
import { print } from '../../output/output.js';
import { CliError } from '../../connection/session.js';
import { writtenTree } from '../../tree.js';

/** `interlock completion`: the script with which a shell completes the commands. */
export const addCompletion = (program: Command): void => {
  program
    .command('completion')
    .description('what a shell needs to complete commands, options, values and names')
    .addArgument(new Argument('<shell>', 'whose').choices(shells))
    .action((shell: Shell) => {
      const tree = writtenTree();
      if (tree === undefined) throw new CliError('the list of commands, commands.json, is not there');
      print(completionText(shell, tree).trimEnd());
    });
};
