import { isObject } from '@interlock/kernel';
import { resolve } from 'node:path';
import { CliError, homeOf, Session, type Globals } from '../../connection/session.js';
import { pathOf } from '../../paths.js';
import type { Values } from '../../program/options.js';

/** The options by which a client's configuration identifies the caller of tools. */
export const callerOptions = {
  '--credential <file>': 'the credential of a registered agent, for the configuration',
  '--agent <name>': 'the agent that asks, for the configuration',
  '--account <name>': 'the account that it asks for, for the configuration',
} as const;
/** The caller of tools through the proxy. */
export type ProxyAs = Values<typeof callerOptions>;
/** How an MCP client starts a server. */
export type ClientEntry = { readonly command: string; readonly args: readonly string[] };
type Members = { readonly [name: string]: unknown };

/**
 * The known MCP clients: the file of their configuration, and the member in it that lists servers.
 */
const clients = {
  'claude-desktop': { title: 'Claude Desktop', file: 'claude_desktop_config.json', member: 'mcpServers' },
  'claude-code': { title: 'Claude Code', file: '.mcp.json', member: 'mcpServers' },
  cursor: { title: 'Cursor', file: '.cursor/mcp.json', member: 'mcpServers' },
  vscode: { title: 'VS Code', file: '.vscode/mcp.json', member: 'servers' },
} as const;
type ClientName = keyof typeof clients;
export const clientNames = Object.keys(clients) as readonly ClientName[];

const named = (option: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [option, value];

/**
 * Returns the command that starts the proxy of a server. A credential determines its agent and
 * account. Otherwise the proxy uses this command line's identity, by default as the agent
 * `mcp-client` for an account with the server's name.
 */
export const proxyEntry = (globals: Globals, server: string, as: ProxyAs): ClientEntry => {
  const session = as.credential === undefined ? new Session(globals) : undefined;
  const where =
    session === undefined
      ? []
      : session.isRemote
        ? [
            ...named('--url', globals.url),
            ...named('--context', globals.context),
            ...named('--token-file', globals.tokenFile),
          ]
        : ['--home', homeOf(globals)];
  return {
    command: process.execPath,
    args: [
      resolve(process.argv[1] ?? 'interlock'),
      ...where,
      ...(session === undefined ? [] : ['--tenant', session.tenant]),
      'mcp',
      'proxy',
      '--server',
      server,
      ...(as.credential === undefined ? [] : ['--credential', pathOf(as.credential)]),
      ...named('--agent', as.agent ?? (session === undefined ? undefined : 'mcp-client')),
      ...named('--account', as.account ?? (session === undefined ? undefined : server)),
    ],
  };
};

/** True if the entry of a client's configuration starts the proxy. */
export const isProxy = ({ args }: Members): boolean =>
  Array.isArray(args) && args.some((arg, i) => arg === 'mcp' && args[i + 1] === 'proxy');

/** Returns the configuration of one client, for one server. */
export const configurationOf = (client: ClientName, server: string, entry: ClientEntry): object => ({
  [clients[client].member]: { [server]: client === 'vscode' ? { type: 'stdio', ...entry } : entry },
});

/** Returns the configurations of all clients, for people. */
export const configurationLines = (server: string, entry: ClientEntry): readonly string[] =>
  clientNames.flatMap((client) => [
    `${clients[client].title} (${clients[client].file}):`,
    ...JSON.stringify(configurationOf(client, server, entry), null, 2).split('\n'),
  ]);

/**
 * The servers of a client's configuration, and a function that returns the same configuration with
 * other servers.
 */
export type ClientConfiguration = {
  readonly servers: { readonly [name: string]: Members };
  readonly withServers: (servers: { readonly [name: string]: Members }) => string;
};

/** Reads a client's configuration. Throws if it lists no servers. */
export const readConfiguration = (file: string, text: string): ClientConfiguration => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CliError(`${file} is not JSON: take comments out of it`, 2);
  }
  const member = ['mcpServers', 'servers'].find((name) => isObject(value) && isObject(value[name]));
  const known = isObject(value) && member !== undefined ? value[member] : undefined;
  if (!isObject(value) || member === undefined || !isObject(known))
    throw new CliError(`${file} names no MCP servers in \`mcpServers\` or \`servers\``, 2);
  const servers = Object.fromEntries(
    Object.entries(known).map(([name, entry]) => [name, isObject(entry) ? entry : {}]),
  );
  return {
    servers,
    withServers: (changed) => `${JSON.stringify({ ...value, [member]: changed }, null, 2)}\n`,
  };
};
