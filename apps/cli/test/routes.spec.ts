import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { tasks } from '../src/program/overview.js';
import { wholeProgram } from '../src/program/program.js';
import { treeOf, type CommandNode } from '../src/tree.js';

const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')) as {
  readonly paths: { readonly [path: string]: object };
};
const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);

/** Routes without a command, each with its reason. */
const without: { readonly [route: string]: string } = {
  'POST /api/v1/alerts/alertmanager': 'Alertmanager calls it',
  'GET /api/v1/autonomous/actions/stream': '`--watch` listens to the live stream',
  'GET /api/v1/incidents/stream': '`--watch` listens to the live stream',
  'GET /api/v1/incidents/{id}/post-mortem': '`incidents export` makes it with the proofs of its evidence',
  'GET /api/v1/policy/bundles/{id}/export/download': '`policy export` writes the same file',
  'GET /api/v1/policy/simulate/runs/{id}/events': '`policy simulate` asks how far a run is',
  'GET /api/v1/policy/simulate/decisions':
    'the console decides them again in the browser; `policy simulate` asks the server',
  'POST /api/v1/alerts/links/open': 'the console opens the link of a message',
  'POST /api/v1/policy/lint': '`policy lint` does it without a running system',
  'POST /api/v1/adapters/netconf/execute': '`intents publish` takes every intent through the same gates',
  'GET /api/v1/audit/browse':
    'the console browses there; `audit export` takes out the events of a category or a correlation',
  'GET /api/v1/audit/checkpoint':
    '`audit verify` takes the checkpoint out of the export; monitors and witnesses read it',
  'GET /api/v1/audit/questions/{question}':
    'the console asks there; `audit approvals`, `unapproved` and so on answer from the events themselves',
  'GET /api/v1/audit/tiles/{level}/{index}':
    'witnesses and mirrors read tiles; `audit verify` reads an export',
  'GET /api/v1/audit/tiles/entries/{index}':
    'monitors read the entries of tiles; `audit verify` reads an export',
};

const all = async (): Promise<CommandNode> => treeOf(await wholeProgram());
const routesUnder = ({ routes: own, commands }: CommandNode): readonly string[] => [
  ...own,
  ...commands.flatMap(routesUnder),
];
const find = (node: CommandNode, [word, ...rest]: readonly string[]): CommandNode | undefined => {
  const under = node.commands.find(({ name }) => name === word);
  return under === undefined || rest.length === 0 ? under : find(under, rest);
};

describe('the routes of the API', () => {
  it('each have a command, or a reason for having none', async () => {
    const named = new Set(routesUnder(await all()));
    expect(routes.filter((route) => !named.has(route)).sort()).toEqual(Object.keys(without).sort());
  });

  it('include all that commands declare', async () => {
    expect(routesUnder(await all()).filter((route) => !routes.includes(route))).toEqual([]);
  });
});

describe('the commands of operators', () => {
  /** Commands that write a file or a document instead of an answer. */
  const documents = ['incidents export'];
  const leaves = (node: CommandNode, words: string): readonly (readonly [string, CommandNode])[] =>
    node.commands.length === 0
      ? [[words, node]]
      : node.commands.flatMap((under) => leaves(under, `${words} ${under.name}`.trim()));

  it.each(['tenants', 'channels', 'alerts', 'incidents', 'dead'])('%s all take --output', async (group) => {
    const node = find(await all(), [group]);
    const lacking = leaves(node!, group).filter(
      ([, { options }]) => !options.some(({ flags }) => flags.includes('--output')),
    );
    expect(lacking.map(([words]) => words)).toEqual(documents.filter((words) => words.startsWith(group)));
  });
});

describe('the overview', () => {
  it('names existing commands and options', async () => {
    const tree = await all();
    for (const command of tasks.flatMap(({ commands }) => commands)) {
      const words = command.split(' ').filter((word) => /^[a-z][a-z-]*$/.test(word));
      const found = find(tree, words);
      expect([command, found?.name]).toEqual([command, words.at(-1)]);
      for (const option of command.split(' ').filter((word) => word.startsWith('--')))
        expect(found?.options.some(({ flags }) => flags.includes(option))).toBe(true);
    }
  });
});
