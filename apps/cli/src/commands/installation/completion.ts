import { completionText, shells } from '../../program/completion.js';
import { act } from '../../program/declare.js';
import { CliError, print } from '../../connection/session.js';
import { writtenTree } from '../../tree.js';

/** `interlock completion`: the script with which a shell completes the commands. */
export const addCompletion = act({
  command: 'completion <shell>',
  about: 'print the script with which a shell completes commands, options, values and names',
  arguments: { shell: { about: 'whose', choices: shells } },
  run: (_, shell) => {
    const tree = writtenTree();
    if (tree === undefined) throw new CliError('the list of commands, commands.json, is not there');
    print(completionText(shell, tree).trimEnd());
  },
});
