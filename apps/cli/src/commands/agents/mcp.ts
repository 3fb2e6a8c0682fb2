import { isAbsolute } from 'node:path';
import { ask, act, answer, group } from '../../program/declare.js';
import { list } from '../../lists.js';
import { remark } from '../../output/output.js';
import { decimal } from '../../readers.js';
import { CliError, print, printJson } from '../../connection/session.js';
import { addServer, toolOptions } from './mcp-add.js';
import {
  callerOptions,
  clientNames,
  configurationLines,
  configurationOf,
  proxyEntry,
} from './mcp-clients.js';
import { allowProgram } from './mcp-programs.js';
import { addProxy } from './mcp-proxy.js';
import { addWrap } from './mcp-wrap.js';

const allow = act({
  command: 'allow <name> [command...]',
  about: 'allow a program to run as an MCP server: interlock mcp allow files -- /usr/bin/node …',
  run: ({ globals }, name, [command, ...args]) => {
    if (command === undefined || !isAbsolute(command))
      throw new CliError('name the program by its absolute path, after `--`', 2);
    allowProgram(globals, name, { command, args });
    print(`${name}  may be run as an MCP server of tenant ${globals.tenant}`);
  },
});

const add = answer({
  command: 'add <name> [command...]',
  about: 'put a program behind the rails in one step: interlock mcp add files -- npx -y PACKAGE …',
  routes: ['POST /api/v1/mcp/servers/look', 'POST /api/v1/mcp/servers'],
  options: { ...callerOptions, ...toolOptions },
  run: async ({ globals, options, output }, name, command) => {
    await addServer(globals, name, command, options, output);
    for (const line of configurationLines(name, proxyEntry(globals, name, options))) remark(line);
    if (options.credential === undefined)
      remark(
        'the client asks as this command line does: for a credential of its own, run `interlock agents create NAME --account ACCOUNT --mcp`, and add --credential FILE',
      );
  },
});

const config = act({
  command: 'config <server>',
  about: 'print the configuration with which an MCP client calls a server behind the rails',
  options: {
    ...callerOptions,
    '--client <client>': { about: 'which client', choices: clientNames, required: true },
  },
  run: ({ globals, options }, server) =>
    printJson(configurationOf(options.client, server, proxyEntry(globals, server, options))),
});

export const addMcp = group('mcp', 'MCP servers behind the rails', [
  addProxy,
  allow,
  add,
  addWrap,
  config,
  ...(
    [
      ['list', 'table'],
      ['servers', 'json'],
    ] as const
  ).map(([command, piped]) =>
    list({
      command,
      about: `the registered MCP servers and their tools${command === 'servers' ? ': \`list\`' : ''}`,
      route: 'GET /api/v1/mcp/servers',
      what: 'MCP servers',
      columns: [
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
      ],
      id: ({ server }) => server,
      piped,
    }),
  ),
  ask({ command: 'show <server>', about: 'one with its tools', route: 'GET /api/v1/mcp/servers/{server}' }),
  ask({
    command: 'register <file>',
    about: 'add a new one, as JSON',
    route: 'POST /api/v1/mcp/servers',
    loosens: true,
  }),
  ask({
    command: 'look <server>',
    about: "compare a server's present tools with the confirmed ones",
    route: 'POST /api/v1/mcp/servers/{server}/look',
    piped: 'json',
  }),
  ask({
    command: 'confirm <server> <tool>',
    about: 'confirm a tool as you read it, so that it may be called; as a person',
    route: 'POST /api/v1/mcp/servers/{server}/tools/{tool}/confirm',
    body: {
      '--digest <digest>': { about: 'digest that `look` prints for the tool', required: true },
      '--read-only': 'it changes nothing',
      '--external-contact': 'it reaches people or systems outside; this is the default',
      '--no-external-contact': 'it reaches nobody outside, so that it may run without a person',
      '--confidence <n>': { about: 'from 0 to 1', as: 'confidence_score', read: decimal },
      '--keep-results': 'record its answers, sealed; default: only their hash and size',
    },
    personal: true,
    loosens: true,
  }),
  ask({
    command: 'retire <server>',
    about: 'retire one, so that its tools are no longer called',
    route: 'POST /api/v1/mcp/servers/{server}/retire',
  }),
]);
