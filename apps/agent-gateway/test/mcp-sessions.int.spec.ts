import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { McpServerContent } from '@interlock/agents';
import { createOutbound } from '@interlock/outbound';
import { readConfig } from '@interlock/platform';
import { until } from '@interlock/testing';
import { AgentGatewayConfig } from '../src/config.js';
import { Programs } from '../src/mcp/sessions/programs.js';
import { McpSessions } from '../src/mcp/sessions/sessions.js';

const directory = mkdtempSync(join(tmpdir(), 'mcp-sessions-'));
const file = join(directory, 'program.mjs');
const list = join(directory, 'programs.json');
/** It says by a line of its own that it runs, answers, and ends only when it is killed. */
const program = `
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
appendFileSync('pids', process.pid + '\\n');
setInterval(() => {}, 60_000);
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  const result =
    method === 'initialize'
      ? { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } }
      : { tools: [] };
  if (id !== undefined) process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
});
`;
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const begin = (server: string, idleMs: number, text = program) => {
  writeFileSync(file, text);
  writeFileSync(
    list,
    JSON.stringify({ program: { command: process.execPath, args: [file], tenants: ['demo'] } }),
  );
  const config = readConfig(AgentGatewayConfig, {
    MCP_STDIO_COMMANDS_FILE: list,
    MCP_STDIO_DIR: directory,
    MCP_STDIO_SAME_USER: 'true',
    MCP_SESSION_IDLE_MS: String(idleMs),
  });
  const sessions = new McpSessions(
    createOutbound({ allowed: [], own: [] }),
    { read: () => '', fault: () => null, refuseElsewhere: () => undefined },
    new Programs(config),
    config,
  );
  const content: McpServerContent = {
    server,
    title: 'A program',
    max_calls: 1,
    address: { kind: 'stdio', command: 'program' },
    timeout_ms: 60_000,
  };
  return {
    use: () => sessions.use('demo', content, (session) => session.tools(true)),
    drop: () => sessions.drop('demo', content),
    stop: () => sessions.stop(),
    pids: () =>
      readFileSync(join(directory, 'demo', server, 'pids'), 'utf8')
        .trim()
        .split('\n')
        .map(Number),
  };
};

describe('the sessions with programs', () => {
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('end with the gateway, the one that began before the last one of the same server had ended too', async () => {
    const { use, drop, stop, pids } = begin('stopped', 60_000);
    await use();
    drop();
    await use();
    const [first = 0, second = 0] = pids();
    await until(() => !isRunning(first), 'the program of the session that was dropped has ended');
    await use();
    expect([pids(), isRunning(second)]).toEqual([[first, second], true]);
    await stop();
    expect(isRunning(second)).toBe(false);
    await expect(use()).rejects.toMatchObject({ fault: 'not-connected', sent: false });
  });

  it('report the code of a program that ends by itself', async () => {
    const { use, stop } = begin('ended', 60_000, "process.stdin.once('data', () => process.exit(7));");
    await expect(use()).rejects.toMatchObject({ fault: 'reset', message: 'the program ended with code 7' });
    await stop();
  });

  it('end when they have not been used for a while, that one too', async () => {
    const { use, drop, stop, pids } = begin('idle', 100);
    await use();
    drop();
    await use();
    await until(() => !pids().some(isRunning), 'no program runs any more');
    await stop();
  });
});
