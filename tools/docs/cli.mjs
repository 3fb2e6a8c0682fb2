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

Written by \`node tools/docs.mjs\`, of the commands as they are: change these.

\`interlock\` asks the API of a running Interlock, and nothing else where it can. \`interlock\` alone says what there is by task, \`interlock --help\` names every command, \`interlock COMMAND --help\` or \`interlock help COMMAND\` its options.

## What is written where

| | |
| --- | --- |
| standard output | the answer, and nothing else: a table, or what \`--output\` asks for |
| standard error | words beside it: that a list is empty, a question, progress, what went wrong in one line with its code and what to do |

\`--output\` is \`table\` (what people read; colours and cut to the width on a terminal, whole in a pipe), \`wide\` (more columns), \`json\` (\`--json\` is the same), \`yaml\`, or \`name\` (ids, one a line: \`interlock actions list --open -o name\`). \`NO_COLOR\` takes the colours away, \`COLUMNS\` sets the width. \`status\`, \`posture show\`, \`posture trend\`, \`alerts show\`, \`alerts operational\`, \`channels routes\`, \`incidents show\`, \`kill-switch\`, \`stop\`, \`whoami\`, \`trust\` and \`brake\` write JSON where no terminal reads them and \`--output\` says nothing else.

Times are UTC, with how long ago. A list shows so many rows as \`--limit\` says; \`--all\` has every one.

## Which one is meant

An action is named by its id or the beginning of it (four characters at least), by the id of its intent, or by its entity: then it is the only one that is open. Where several may be meant they are listed on the standard error, and the exit code is 1. Alerts, incidents, plans, devices, bundles and policies go by the beginning of their ids too, and by name, entity, cell or version.

## Following

\`--watch\` shows a list, or one action, again whenever something happens to it, by the live stream (\`GET /api/v1/live\`). On a terminal it draws the list anew; in a pipe it appends a line for each change, with \`--json\` a JSON object a line. It goes on where it was when the stream breaks off.

## Saying yes

\`interlock actions approve ID\` shows what would be done, its risk, what asks for a person, the change to the device and what is sent to it, and what the yes is bound to, and asks \`[y/N]\`. A script names what somebody has read: \`--yes --digest DIGEST\`. Without a terminal and without a digest nothing is said.

## Exit codes

| code | means |
| --- | --- |
| 0 | done; of a check, that all is well |
| 1 | refused or failed; of a check, that something was found; an intent that was refused; a name that several may have |
| 2 | the command line is wrong, a file cannot be read, nobody could be asked, or a check could not be decided; of an export, that leaves are missing |
| 3 | a kill switch stops something that was never seen; with \`audit replay --strict\`, something was not made again |

## Completion

\`\`\`sh
mkdir -p ~/.local/share/bash-completion/completions ~/.zfunc ~/.config/fish/completions
interlock completion bash > ~/.local/share/bash-completion/completions/interlock
interlock completion zsh > ~/.zfunc/_interlock
interlock completion fish > ~/.config/fish/completions/interlock.fish
\`\`\`

Behind a command that takes an action, an alert, an incident, a plan or a device it offers what there is.
`;

/** The reference of every command with its options and its routes. */
export const renderCli = () =>
  [
    intro,
    '## Every command',
    '',
    `Before or behind each: ${tree.options.map(({ flags, about }) => `${code(flags)} (${about})`).join(', ')}.`,
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
