import { isAbsolute } from 'node:path';
import { Option, type Command } from 'commander';
import type { Schema } from '@interlock/api-types';
import { addAsks, decimal, type Ask } from '../../asks.js';
import { addList } from '../../lists.js';
import { remark, withOutput } from '../../output/output.js';
import type { Column } from '../../output/table.js';
import { calls } from '../../program/routes.js';
import { CliError, print, printJson, type Globals } from '../../connection/session.js';
import { addServer, type AddOptions } from './mcp-add.js';
import {
  clientNames,
  configurationLines,
  configurationOf,
  proxyEntry,
  type ClientName,
  type ProxyAs,
} from './mcp-clients.js';
import { allowProgram } from './mcp-programs.js';
import { proxy, type ProxyOptions } from './mcp-proxy.js';
import { wrapFile, type WrapOptions } from './mcp-wrap.js';

type Server = Schema<'McpServerDto'>;
const confidenceOf = ({ confidence }: AddOptions): number | undefined =>
  confidence === undefined ? undefined : decimal(confidence);

const add = async (
  globals: Globals,
  name: string,
  command: readonly string[],
  options: AddOptions,
): Promise<void> => {
  await addServer(globals, name, command, options, confidenceOf(options));
  for (const line of configurationLines(name, proxyEntry(globals, name, options))) remark(line);
  if (options.credential === undefined)
    remark(
      'the client asks as this command line does: for a credential of its own, run `interlock agents create NAME --account ACCOUNT --mcp`, and add --credential FILE',
    );
};

/** Adds the options by which a client's configuration identifies the caller. */
const withCaller = (command: Command): Command =>
  command
    .option('--credential <file>', 'the credential of a registered agent, for the configuration')
    .option('--agent <name>', 'the agent that asks, for the configuration')
    .option('--account <name>', 'the account that it asks for, for the configuration');

const addClients = (mcp: Command, globals: () => Globals): void => {
  withOutput(
    withCaller(
      calls(
        mcp.command('add <name> [command...]'),
        'POST /api/v1/mcp/servers/look',
        'POST /api/v1/mcp/servers',
      ),
    ),
  )
    .description('put a program behind the rails in one step: interlock mcp add files -- npx -y PACKAGE …')
    .option('--only <tools>', 'the tools that may be called, with commas; else all')
    .option('--read-only <tools>', 'the tools that change nothing, with commas, or `all`')
    .option('--internal <tools>', 'the tools that reach nobody outside, with commas, or `all`')
    .option('--confidence <n>', 'from 0 to 1')
    .action((name: string, command: readonly string[], options: AddOptions) =>
      add(globals(), name, command, options),
    );
  withCaller(calls(mcp.command('wrap <file>'), 'POST /api/v1/mcp/servers/look', 'POST /api/v1/mcp/servers'))
    .description("put the programs of an MCP client's configuration behind the rails")
    .option('--undo', 'put back what the configuration was')
    .action((file: string, options: WrapOptions) => wrapFile(globals(), file, options));
  withCaller(mcp.command('config <server>'))
    .description('the configuration with which an MCP client calls a server behind the rails')
    .addOption(new Option('--client <client>', 'which client').choices(clientNames).makeOptionMandatory())
    .action((server: string, { client, ...as }: ProxyAs & { readonly client: ClientName }) => {
      printJson(configurationOf(client, server, proxyEntry(globals(), server, as)));
    });
};

export const addMcp = (program: Command, globals: () => Globals): void => {
  const mcp = program.command('mcp').description('MCP servers behind the rails');
  mcp
    .command('proxy')
    .description("serve a registered server's tools on the standard streams, behind the rails")
    .requiredOption('--server <name>', 'the registered MCP server')
    .option('--credential <file>', 'the credential of a registered agent, which renews its own tokens')
    .option('--agent <name>', 'the agent that asks')
    .option('--account <name>', 'the account that it asks for')
    .option('--wait-ms <n>', 'how long a call is waited for')
    .action((options: ProxyOptions) => proxy(globals(), options));
  mcp
    .command('allow <name> [command...]')
    .description('let a program be run as an MCP server: interlock mcp allow files -- /usr/bin/node …')
    .action((name: string, [command, ...args]: readonly string[]) => {
      if (command === undefined || !isAbsolute(command))
        throw new CliError('name the program by its absolute path, after `--`', 2);
      allowProgram(globals(), name, { command, args });
      print(`${name}  may be run as an MCP server of tenant ${globals().tenant}`);
    });
  addClients(mcp, globals);
  const columns: readonly Column<Server>[] = [
    { head: 'SERVER', of: ({ server }) => server },
    { head: 'STATE', of: ({ retired }) => (retired ? 'retired' : 'active'), toned: true },
    { head: 'ADDRESS', of: ({ address }) => address.url ?? address.command ?? address.kind, fit: 16 },
    { head: 'TOOLS', of: ({ tools }) => tools.length, right: true },
    {
      head: 'CONFIRMED',
      of: ({ tools }) => tools.filter(({ state }) => state === 'confirmed').length,
      right: true,
    },
    { head: 'TITLE', of: ({ title }) => title, fit: 12 },
  ];
  for (const [command, piped] of [
    ['list', 'table'],
    ['servers', 'json'],
  ] as const)
    addList<Server, Schema<'McpServersDto'>>(mcp, globals, {
      command,
      about: `the registered MCP servers and their tools${command === 'servers' ? ': \`list\`' : ''}`,
      route: 'GET /api/v1/mcp/servers',
      what: 'MCP servers',
      columns,
      id: ({ server }) => server,
      piped,
    });
  const asks: readonly Ask<never>[] = [
    { command: 'show <server>', about: 'one with its tools', route: 'GET /api/v1/mcp/servers/{server}' },
    {
      command: 'register <file>',
      about: 'a new one, as JSON',
      route: 'POST /api/v1/mcp/servers',
      loosens: true,
    },
    {
      command: 'look <server>',
      about: 'what a server says of its tools now, beside what was confirmed',
      route: 'POST /api/v1/mcp/servers/{server}/look',
      piped: 'json',
    },
    {
      command: 'confirm <server> <tool>',
      about: 'let a tool be called, as it was read, by a person',
      route: 'POST /api/v1/mcp/servers/{server}/tools/{tool}/confirm',
      body: [
        { flags: '--digest <digest>', about: 'of what `look` tells of the tool', required: true },
        { flags: '--read-only', about: 'it changes nothing' },
        {
          flags: '--external-contact',
          about: 'it reaches people or systems outside, which is also what holds unless you say otherwise',
        },
        {
          flags: '--no-external-contact',
          about: 'it reaches nobody outside, so that it may run without a person',
        },
        { flags: '--confidence <n>', about: 'from 0 to 1', as: 'confidence_score', read: decimal },
        { flags: '--keep-results', about: 'record what it answers, sealed; else only its hash and size' },
      ],
      personal: true,
      loosens: true,
    },
    {
      command: 'retire <server>',
      about: 'take one out: its tools are no longer called',
      route: 'POST /api/v1/mcp/servers/{server}/retire',
    },
  ];
  addAsks(mcp, globals, asks);
};
