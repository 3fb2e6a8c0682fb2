import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '@interlock/platform';
import { AgentGatewayConfig } from '../src/config.js';
import { Programs } from '../src/mcp/sessions/programs.js';

const directory = mkdtempSync(join(tmpdir(), 'programs-'));
const file = join(directory, 'programs.json');
const list = {
  files: { command: '/usr/bin/files', args: ['--all'], tenants: ['demo'] },
  anyone: { command: '/usr/bin/anyone', tenants: ['*'] },
  relative: { command: 'sh', tenants: ['*'] },
};
const programs = (environment: { readonly [name: string]: string } = { MCP_STDIO_SAME_USER: 'true' }) =>
  new Programs(
    readConfig(AgentGatewayConfig, {
      MCP_STDIO_COMMANDS_FILE: file,
      MCP_STDIO_DIR: join(directory, 'run'),
      ...environment,
    }),
  );

describe('a program that is an MCP server', () => {
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('is run only where the operator names it, for the tenants that are named, by its absolute path', () => {
    expect(programs().fault('demo', 'files')).toContain('not a program that the operator allows');
    writeFileSync(file, JSON.stringify(list));
    const faults = (tenant: string) =>
      ['files', 'anyone', 'relative', 'other'].map((name) => programs().fault(tenant, name));
    expect(faults('demo')).toEqual([
      null,
      null,
      expect.stringContaining('no absolute path'),
      expect.stringContaining('not a program that the operator allows'),
    ]);
    expect(faults('umbrella')[0]).toContain('not a program that the operator allows');
  });

  it('is run as the user that is named, in a directory of its own, and as the gateway only where that is said', () => {
    writeFileSync(file, JSON.stringify(list));
    if (process.getuid?.() === 0)
      expect(programs({}).find('demo', 'pages', 'files', 10).user).toEqual({ uid: 65534, gid: 65534 });
    else expect(programs({}).fault('demo', 'files')).toContain('MCP_STDIO_UID');
    expect(programs().find('demo', 'pages', 'files', 10)).toEqual({
      command: '/usr/bin/files',
      args: ['--all'],
      cwd: join(directory, 'run', 'demo', 'pages'),
      user: null,
      max_bytes: 10,
    });
    const other = programs({ MCP_STDIO_UID: '65534' });
    if (process.getuid?.() !== 0) {
      expect(other.fault('demo', 'files')).toContain('MCP_STDIO_UID');
      return;
    }
    const { cwd, user } = other.find('demo', 'others', 'files', 10);
    expect([user, statSync(cwd).uid]).toEqual([{ uid: 65534, gid: 65534 }, 65534]);
    const modes = [cwd, dirname(cwd), dirname(dirname(cwd))].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o711, 0o711]);
  });

  it('is none where the list cannot be read whole', () => {
    for (const text of ['no list', '[]', '{"files":{"command":"/usr/bin/files"}}']) {
      writeFileSync(file, text);
      expect(() => programs().fault('demo', 'files')).toThrow('cannot be read');
    }
  });
});
