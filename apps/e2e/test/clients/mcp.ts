import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { isObject } from '@interlock/kernel';
import { type RunResult, until } from '@interlock/testing';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Stack } from '../stack.js';

type Entry = { readonly command: string; readonly args: string[] };
type Requested = {
  readonly change_id: string;
  readonly digest: string;
  readonly required_people: number;
  readonly loosened: readonly { readonly pointer: string }[];
};

const program = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'));

export const mcpCases = (stack: Stack): void => {
  describe('the servers of an MCP client', () => {
    const mcp = (...args: readonly string[]): Promise<RunResult> => stack.cli('--as', 'ann', 'mcp', ...args);
    const approve = async (output: string): Promise<void> => {
      const { change_id: id, digest } = JSON.parse(output) as Requested;
      const { code, stderr } = await stack.cli('--as', 'ann', 'changes', 'approve', id, '--digest', digest);
      expect(code === 0 ? '' : stderr).toBe('');
    };
    /** The program's own directory, which it may read as the user that it runs as. */
    const folderOf = (server: string): string => {
      const folder = join(stack.home, 'mcp/demo', server);
      mkdirSync(folder, { recursive: true });
      return realpathSync(folder);
    };
    const allowed = (): unknown =>
      existsSync(join(stack.home, 'mcp-commands.json'))
        ? JSON.parse(readFileSync(join(stack.home, 'mcp-commands.json'), 'utf8'))
        : {};
    /** Connects as a desktop client does: it starts the command of its configuration. */
    const connected = async ({ command, args }: Entry): Promise<Client> => {
      const client = new Client({ name: 'desktop', version: '1.0.0' });
      await client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
      return client;
    };

    it('are added in one step, with one change request for the server and its tools', async () => {
      const folder = folderOf('files');
      writeFileSync(join(folder, 'note.txt'), 'what the file says');
      const options = ['--only', 'read_text_file,move_file', '--read-only', 'read_text_file'];
      const added = await mcp(
        'add',
        'files',
        ...options,
        ...['--internal', 'all', '--json', '--', 'node', program, folder],
      );
      expect(added.code === 0 ? '' : added.stderr).toBe('');
      const change = JSON.parse(added.stdout) as Requested;
      expect(change.required_people).toBe(1);
      expect(change.loosened.map(({ pointer }) => pointer)).toEqual([
        '/address',
        '/tools/read_text_file',
        '/tools/move_file',
      ]);
      expect(added.stderr).toMatch(/^read_text_file +\S.* yes +no +a person: confidence 0\.5 is under 0\.7/m);
      expect(added.stderr).toMatch(/^move_file +\S.* no +no +a person, for each call/m);
      expect(added.stderr).toMatch(/^write_file +\S.* left out: nobody can call it/m);
      for (const client of ['Claude Desktop', 'Claude Code', 'Cursor', 'VS Code'])
        expect(added.stderr).toContain(`${client} (`);

      const config = await mcp('config', 'files', '--client', 'claude-desktop', '--agent', 'desktop');
      const { mcpServers } = JSON.parse(config.stdout) as { readonly mcpServers: { readonly files: Entry } };
      await expect(connected(mcpServers.files)).rejects.toThrow('there is no MCP server `files`');

      await approve(added.stdout);
      const client = await connected(mcpServers.files);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name).sort()).toEqual([
        'interlock_continue',
        'move_file',
        'read_text_file',
      ]);
      const move = { source: join(folder, 'note.txt'), destination: join(folder, 'moved.txt') };
      // Safety-rails accepts a new action type a moment after it was confirmed.
      const held = await until(async () => {
        const { structuredContent } = await client.callTool({ name: 'move_file', arguments: move });
        return isObject(structuredContent) && structuredContent['code'] !== 'unknown-action-type'
          ? structuredContent
          : false;
      }, 'the action type of the tool is known');
      expect(held).toMatchObject({
        status: 'pending',
        continuation: expect.stringMatching(/\S/) as unknown,
      });
      expect(existsSync(move.source)).toBe(true);
      await client.close();
    });

    it('leave nothing behind if they cannot be added', async () => {
      const before = allowed();
      const unknown = await mcp(
        'add',
        'other',
        '--only',
        'no_such_tool',
        '--',
        'node',
        program,
        folderOf('other'),
      );
      expect([unknown.code, unknown.stderr]).toEqual([
        2,
        expect.stringContaining('the server has no tool no_such_tool of --only'),
      ]);
      const silent = await mcp('add', 'other', '--', '/usr/bin/false');
      expect([silent.code, silent.stderr]).toEqual([1, expect.stringContaining('gave no list of its tools')]);
      const missing = await mcp('add', 'other', '--', 'no-such-program-here');
      expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('there is no program')]);
      expect(allowed()).toEqual(before);
      const { stdout } = await mcp('list', '--json');
      expect(stdout).not.toContain('"other"');
    });

    it('are wrapped in the configuration of a client, and put back', async () => {
      const file = join(stack.home, 'client.json');
      const own = {
        theme: 'dark',
        mcpServers: {
          broken: { command: 'node', args: ['/no-such-server.js'] },
          mail: { command: 'node', args: ['mail.js'], env: { MAIL_KEY: 'k' } },
          local: { command: 'node', args: ['./local.js'], cwd: stack.home },
          Notes: { command: 'node', args: [program, folderOf('notes')], autoApprove: [] },
          remote: { url: 'https://mcp.example.com/' },
        },
      };
      writeFileSync(file, JSON.stringify(own));
      const wrapped = await mcp('wrap', file, '--agent', 'desktop');
      expect([wrapped.code, wrapped.stderr]).toEqual([
        1,
        expect.stringContaining('not behind Interlock: broken, mail, local, remote'),
      ]);
      for (const why of [
        /^broken stays as it is: .*the program ended with code 1; run the program in a shell/m,
        /^mail stays as it is: it needs environment variables/m,
        /^local stays as it is: it needs its own directory/m,
      ])
        expect(wrapped.stderr).toMatch(why);
      const now = JSON.parse(readFileSync(file, 'utf8')) as typeof own;
      expect(now).toEqual({
        ...own,
        mcpServers: {
          ...own.mcpServers,
          Notes: {
            command: process.execPath,
            args: expect.arrayContaining([
              'mcp',
              'proxy',
              '--server',
              'notes',
              '--agent',
              'desktop',
            ]) as unknown,
            autoApprove: [],
          },
        },
      });
      const { items } = JSON.parse((await stack.cli('--as', 'ann', 'changes', 'list', '--json')).stdout) as {
        readonly items: readonly (Requested & { readonly status: string; readonly setting: string })[];
      };
      const asked = items.filter(({ setting }) => setting === 'mcp_server-demo:notes');
      expect(asked.map(({ status }) => status)).toEqual(['open']);
      await approve(JSON.stringify(asked[0]));
      const client = await connected(now.mcpServers.Notes);
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain('write_file');
      await client.close();

      // A second run changes nothing, and the backup is still the first one.
      const text = readFileSync(file, 'utf8');
      await mcp('wrap', file);
      expect(readFileSync(file, 'utf8')).toBe(text);
      expect((await mcp('wrap', file, '--undo')).code).toBe(0);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(own);
      const again = await mcp('wrap', file, '--undo');
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('nothing was wrapped')]);
    });
  });
};
