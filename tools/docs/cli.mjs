import { wholeProgram } from '../../apps/cli/dist/program/program.js';
import { treeOf } from '../../apps/cli/dist/tree.js';

const tree = treeOf(await wholeProgram());

const code = (text) => `\`${text}\``;
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** The lines of a command and its subcommands. */
const linesOf = (node, before) => {
  const name = [...before, node.name].join(' ');
  if (node.commands.length > 0) return node.commands.flatMap((one) => linesOf(one, [...before, node.name]));
  const usage = [name, ...node.arguments].join(' ');
  const options = node.options
    .filter(({ flags }) => !/--(?:output|json|watch|limit|all)\b/.test(flags))
    .map(({ flags }) => code(flags.replaceAll('|', '\\|')));
  const has = (flag) => node.options.some(({ flags }) => flags.includes(flag));
  const lists = ['--limit', '--all'].filter(has).map(code);
  const follows = node.options.some(({ flags }) => flags.includes('--watch')) ? ['`--watch`'] : [];
  const outputOption = node.options.some(({ flags }) => flags.includes('--output')) ? ['`--output`'] : [];
  return [
    `| ${code(usage.replaceAll('|', '\\|'))} | ${cell(node.about)} | ${[...options, ...lists, ...follows, ...outputOption].join(' ')} | ${node.routes.map((route) => code(route)).join('<br>')} |`,
  ];
};

const intro = `# The command line

Generated from the commands by \`node tools/docs.mjs\`. Change the commands, not this file.

\`interlock\` calls the API of a running Interlock wherever it can. \`interlock\` alone lists the commands by task, and \`interlock --help\` lists every command. \`interlock COMMAND --help\` or \`interlock help COMMAND\` shows the options of a command.

## Output

| | |
| --- | --- |
| standard output | only the answer: a table, or the format that \`--output\` names |
| standard error | everything else: the note that a list is empty, a question, progress, and each error in one line with its code and its remedy |

\`--output\` takes one of five formats:

| format | |
| --- | --- |
| \`table\` | for people. A terminal shows colours and cuts the lines to its width; a pipe receives whole lines |
| \`wide\` | a table with more columns |
| \`json\` | JSON, the same as \`--json\` |
| \`yaml\` | YAML |
| \`name\` | ids, one a line, for example \`interlock actions list --open -o name\` |

\`NO_COLOR\` removes the colours, and \`COLUMNS\` sets the width. Without \`--output\`, some commands write JSON unless a terminal reads them: \`status\`, \`posture show\`, \`posture trend\`, \`alerts show\`, \`alerts operational\`, \`channels routes\`, \`incidents show\`, \`kill-switch\`, \`stop\`, \`whoami\`, \`trust\` and \`brake\`.

Times are UTC and show how long ago they were. \`--limit\` sets the number of rows in a list, and \`--all\` lists every row.

## Names and ids

You can name an action by its id, by the first four or more characters of it, or by the id of its intent. You can also name it by its entity, if it is the only open action there. If a name fits several actions, the standard error lists them and the exit code is 1. Alerts, incidents, plans, devices, bundles and policies also accept the beginning of their ids. They also accept a name, entity, cell or version.

## Following

\`--watch\` follows a list or one action through the live stream (\`GET /api/v1/live\`), and shows it again after each change. A terminal redraws the list. A pipe receives a line for each change, or with \`--json\` a JSON object a line. When the stream breaks off, the command reconnects and continues where it was.

## Approving

\`interlock actions approve ID\` shows the action, its risk, the gates that ask for a person, and the change to the device with the messages that carry it out. It also shows the digest to which the approval is bound, and asks \`[y/N]\`. A script passes the digest that somebody has read: \`--yes --digest DIGEST\`. Without a terminal and without a digest, nothing is approved.

## Exit codes

| code | means |
| --- | --- |
| 0 | done; for a check: no fault was found |
| 1 | refused or failed; for a check: a fault was found; an intent was refused; a name fits several |
| 2 | the command line is wrong, a file cannot be read, nobody could be asked, or a check is undecided; for an export: leaves are missing |
| 3 | a kill switch stops a target that was never seen; for \`audit replay --strict\`: a decision was not made again |

## Completion

\`\`\`sh
mkdir -p ~/.local/share/bash-completion/completions ~/.zfunc ~/.config/fish/completions
interlock completion bash > ~/.local/share/bash-completion/completions/interlock
interlock completion zsh > ~/.zfunc/_interlock
interlock completion fish > ~/.config/fish/completions/interlock.fish
\`\`\`

After a command that takes an action, an alert, an incident, a plan or a device, it offers the existing ones.
`;

/** The reference of every command with its options and its routes. */
export const renderCli = () =>
  [
    intro,
    '## Every command',
    '',
    `Options of every command, before or after its name: ${tree.options.map(({ flags, about }) => `${code(flags)} (${about})`).join(', ')}.`,
    ...tree.commands.flatMap((node) => [
      '',
      `### ${node.name}`,
      '',
      `${node.about.charAt(0).toUpperCase()}${node.about.slice(1)}.`,
      '',
      '| command | | options | routes |',
      '| --- | --- | --- | --- |',
      ...linesOf(node, []),
    ]),
    '',
  ].join('\n');
