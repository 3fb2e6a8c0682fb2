import type { CommandNode } from '../tree.js';

/** Common tasks and their commands. */
export const tasks: readonly { readonly task: string; readonly commands: readonly string[] }[] = [
  {
    task: 'See what is going on',
    commands: ['status', 'actions list --watch', 'alerts list', 'incidents list', 'posture show'],
  },
  { task: 'Decide', commands: ['actions show ID', 'actions approve ID', 'actions confirm ID', 'plans list'] },
  { task: 'Stop', commands: ['kill-switch engage --reason TEXT', 'actions rollback ID', 'brake engage'] },
  { task: 'Ask for an action', commands: ['intents publish FILE', 'plans submit FILE', 'twin predict FILE'] },
  {
    task: 'Set the rules',
    commands: ['policy list', 'policy push FILE', 'policies list', 'mode list', 'budget list'],
  },
  {
    task: 'Look after the network',
    commands: ['devices list', 'devices transactions DEVICE', 'action-types list', 'mcp list'],
  },
  { task: 'Audit', commands: ['audit verify', 'audit trace ID', 'audit replay --live', 'audit export'] },
  { task: 'Operate', commands: ['tenants list', 'dead list', 'projections list', 'relay status'] },
];

/** The help's headings and their first words; other words go under the last. */
const headings: readonly { readonly heading: string; readonly words: readonly string[] }[] = [
  {
    heading: 'Actions:',
    words: ['status', 'actions', 'plans', 'intents', 'stop', 'kill-switch', 'twin'],
  },
  {
    heading: 'What needs a person:',
    words: ['alerts', 'incidents', 'posture', 'responses', 'brake', 'trust', 'channels'],
  },
  {
    heading: 'What may happen by itself:',
    words: ['policy', 'policies', 'autonomy', 'mode', 'budget', 'action-types', 'teams'],
  },
  { heading: 'Devices and agents:', words: ['devices', 'bindings', 'agents', 'mcp'] },
  { heading: 'Audit:', words: ['audit', 'report', 'privacy'] },
];
const lastHeading = 'Operation and this program:';

export const headingOf = (word: string): string =>
  headings.find(({ words }) => words.includes(word))?.heading ?? lastHeading;

/** The output of the program without arguments. */
export const overviewText = (version: string, tree: CommandNode | undefined): string => {
  const width = Math.max(...tasks.map(({ task }) => task.length));
  const known = new Set(tree?.commands.map(({ name }) => name));
  const isThere = (command: string): boolean => tree === undefined || known.has(command.split(' ')[0] ?? '');
  return [
    `interlock ${version}: govern what agents do`,
    '',
    ...tasks.flatMap(({ task, commands }) =>
      commands
        .filter(isThere)
        .map((command, i) => `  ${(i === 0 ? task : '').padEnd(width)}  interlock ${command}`),
    ),
    '',
    'interlock --help names every command, interlock COMMAND --help its options.',
    'An ID may be a beginning of it, the id of an intent, or an entity.',
  ].join('\n');
};
