import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { isObject } from '@interlock/kernel';
import type { Command } from 'commander';
import type { Schema } from '@interlock/api-types';
import { addAsks, decimal, type Ask } from '../../asks.js';
import { addList } from '../../lists.js';
import type { Column } from '../../output/table.js';
import { CliError, homeOf, print, readTenant, Session, visible, type Globals } from '../../session.js';

type Server = Schema<'McpServerDto'>;
type ProxyOptions = {
  readonly server: string;
  readonly credential?: string;
  readonly agent?: string;
  readonly account?: string;
  readonly waitMs?: string;
};

/** Who calls the tools: the agent of a credential's file, or the session of the command line. */
type ProxyCaller = {
  readonly urlOf: (path: string) => URL;
  readonly headers: (method: string, address: string) => Promise<{ readonly [name: string]: string }>;
};
const callerOf = async (globals: Globals, file: string | undefined): Promise<ProxyCaller> => {
  if (file === undefined) {
    const session = new Session(globals);
    return { urlOf: (path) => session.urlOf(path), headers: () => session.headers() };
  }
  const { AgentCredential } = await import('@interlock/client');
  const credential = AgentCredential.from(file);
  return {
    urlOf: (path) => new URL(path, credential.url),
    headers: (method, address) => credential.headers(method, address),
  };
};

/**
 * Interlock as an MCP server on the standard streams, for clients that start programs. Each message
 * goes to `/mcp/<server>`, and its answers come back, one a line. Ends with its input.
 */
const proxy = async (
  globals: Globals,
  { server, credential: file, agent, account, waitMs }: ProxyOptions,
): Promise<void> => {
  const caller = await callerOf(globals, file);
  const [{ StdioServerTransport }, { StreamableHTTPClientTransport }] = await Promise.all([
    import('@modelcontextprotocol/sdk/server/stdio.js'),
    import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
  ]);
  const near = new StdioServerTransport();
  const far = new StreamableHTTPClientTransport(caller.urlOf(`/mcp/${encodeURIComponent(server)}`), {
    // A token expires sooner than a client that runs all day.
    fetch: async (url, init) => {
      const headers = new Headers(init?.headers);
      const address = url instanceof URL ? url.href : url;
      for (const [name, value] of Object.entries(await caller.headers(init?.method ?? 'GET', address)))
        headers.set(name, value);
      return fetch(url, { ...init, headers });
    },
    requestInit: {
      headers: {
        ...(agent === undefined ? {} : { 'interlock-agent': agent }),
        ...(account === undefined ? {} : { 'interlock-account': account }),
        ...(waitMs === undefined ? {} : { 'interlock-wait-ms': waitMs }),
      },
    },
  });
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    near.onclose = resolve;
  });
  const sending = new Set<Promise<void>>();
  far.onmessage = (message) => {
    void near.send(message);
  };
  near.onmessage = (message) => {
    const sent = far.send(message).catch(async (error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error);
      process.stderr.write(`interlock: ${visible(detail)}\n`);
      // The client gets an answer, so that it does not wait forever.
      if ('method' in message && 'id' in message)
        await near.send({ jsonrpc: '2.0', id: message.id, error: { code: -32_603, message: detail } });
    });
    sending.add(sent);
    void sent.finally(() => sending.delete(sent));
  };
  await far.start();
  await near.start();
  await ended;
  await Promise.all(sending);
  await far.close();
};

/**
 * Allows a tenant to run a program as an MCP server: writes the home's allow-list, which only its
 * owner can.
 */
const allow = (globals: Globals, name: string, [command, ...args]: readonly string[]): void => {
  if (!/^[a-z0-9][a-z0-9_-]{0,29}$/.test(name)) throw new CliError(`\`${visible(name)}\` is no name`, 2);
  if (command === undefined || !isAbsolute(command))
    throw new CliError('name the program by its absolute path, after `--`', 2);
  const file = join(homeOf(globals), 'mcp-commands.json');
  const known: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const list = {
    ...(isObject(known) ? known : {}),
    [name]: { command, args, tenants: [readTenant(globals.tenant)] },
  };
  writeFileSync(`${file}.new`, `${JSON.stringify(list, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  print(`${name}  may be run as an MCP server of tenant ${globals.tenant}`);
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
    .action((name: string, command: readonly string[]) => {
      allow(globals(), name, command);
    });
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
        {
          flags: '--digest <digest>',
          about: 'of what `look` tells of the tool',
          as: 'digest',
          required: true,
        },
        { flags: '--read-only', about: 'it changes nothing', as: 'read_only' },
        {
          flags: '--external-contact',
          about: 'it reaches people or systems outside, which is also what holds unless you say otherwise',
          as: 'external_contact',
        },
        {
          flags: '--no-external-contact',
          about: 'it reaches nobody outside, so that it may run without a person',
          as: 'external_contact',
        },
        { flags: '--confidence <n>', about: 'from 0 to 1', as: 'confidence_score', read: decimal },
        {
          flags: '--keep-results',
          about: 'record what it answers, sealed; else only its hash and size',
          as: 'keep_results',
        },
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
