import { mkdirSync, realpathSync, writeFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { freePort, startGuarded, until } from '@interlock/testing';
import { publicServer, type AgentsWorld } from './agents-world.js';
import { mcpWorld } from './mcp-world.js';

/** Tools of public MCP servers behind the rails, called by the SDK's own client. */
export const mcpTools = (world: AgentsWorld): void => {
  const mcp = mcpWorld(world);
  const folder = (): string => join(realpathSync(world.directory), 'files');

  describe('a tool of a public MCP server', () => {
    beforeAll(async () => {
      mkdirSync(folder());
      writeFileSync(join(folder(), 'note.txt'), 'what the file says');
      world.allowPrograms({
        everything: [publicServer('everything'), 'stdio'],
        files: [publicServer('filesystem'), folder()],
      });
      await mcp.register('everything', { kind: 'stdio', command: 'everything' });
      await mcp.register('files', { kind: 'stdio', command: 'files' });
      await mcp.confirm('everything', 'echo');
      await mcp.confirm('everything', 'get-sum', { read_only: false, keep_results: true });
    });

    it('is called through the whole pipeline, and its result is marked with the action', async () => {
      const client = await world.mcpClient('everything');
      const answer = await mcp.call(client, 'echo', { message: 'hello' });
      expect(answer).toMatchObject({ text: 'Echo: hello', isError: false });
      expect(await world.reaches(answer.action_id, 'COMPLETED')).toMatchObject({
        action_type: 'mcp.everything.echo',
        agent: 'inbox-agent',
        parameters: { message: 'hello' },
      });
      const events = await collect(world.parts.log.store.read(`call-demo:${answer.action_id}`));
      expect(events.map(({ type }) => type)).toContain('CallConfirmed');
      expect(JSON.stringify(events.map(({ data }) => data))).not.toContain('Echo: hello');
      const again = await mcp.call(client, 'echo', { message: 'hello' });
      expect(again.action_id).not.toBe(answer.action_id);
    });

    it('is shown with its hints, and none of them is believed', async () => {
      const [added] = (await mcp.look('everything')).filter(({ tool }) => tool === 'get-annotated-message');
      expect(added).toMatchObject({ state: 'new', action_type: 'mcp.everything.get-annotated-message' });
      const type = await world.call('policy-registry', 'GET', '/action-types/mcp.everything.get-sum');
      expect(type.body).toMatchObject({ read_only: false, reversible: false, external_contact: false });
    });

    it('is imported by a person only, as it was shown', async () => {
      const { digest } = await mcp.toolOf('everything', 'get-env');
      const stale = await mcp.tryConfirm('everything', 'get-env', { digest: '0'.repeat(64) });
      expect([stale.status, stale.body['code']]).toEqual([409, 'approval-stale']);
      const scope = await mcp.tryConfirm(
        'everything',
        'get-env',
        { digest },
        { scopes: ['AUTONOMOUS_READ'] },
      );
      expect(scope.body['code']).toBe('missing-scope');
      const client = await world.mcpClient('everything');
      const answer = await mcp.call(client, 'get-env');
      expect(answer).toMatchObject({ isError: true, said: { code: 'not-found' } });
    });

    it('is listed to those who may at least propose it, and nothing but tools is served', async () => {
      const client = await world.mcpClient('everything');
      const names = async (): Promise<readonly string[]> =>
        (await client.listTools()).tools.map(({ name }) => name).sort();
      expect(await names()).toEqual(['echo', 'get-sum', 'interlock_continue']);
      world.disabled.add('mcp.everything.echo');
      expect(await names()).toEqual(['get-sum', 'interlock_continue']);
      world.disabled.clear();
      expect(client.getServerCapabilities()).toEqual({ tools: {} });
      expect(client.getInstructions()).toBeUndefined();
      await expect(client.listResources()).rejects.toThrow();
      await expect(client.listPrompts()).rejects.toThrow();
    });

    it('that is denied says why, in words', async () => {
      world.decisions.set('mcp.everything.echo', 'DENY');
      const client = await world.mcpClient('everything');
      const answer = await mcp.call(client, 'echo', { message: 'denied' });
      world.decisions.clear();
      expect(answer).toMatchObject({ isError: true, said: { status: 'denied', state: 'DENIED' } });
      expect(answer.text).toContain('the rule night-freeze forbids it at this hour');
      expect(await world.eventsOf(`call-demo:${answer.action_id}`)).toEqual([]);
    });

    it('with arguments that do not fit its schema is refused, naming each fault', async () => {
      const client = await world.mcpClient('everything');
      const answer = await mcp.call(client, 'echo', { message: 7 });
      expect(answer).toMatchObject({ isError: true, said: { code: 'validation-failed' } });
      expect(JSON.stringify(answer.said['violations'])).toContain('/parameters/message');
    });

    it('waits for a person, runs once its result is asked for, and once only', async () => {
      const client = await world.mcpClient('everything');
      const pending = await mcp.call(client, 'get-sum', { a: 2, b: 3 });
      expect(pending).toMatchObject({
        isError: false,
        said: { status: 'pending', waits_for: 'the approval of a person' },
      });
      const id = pending.action_id;
      const joined = await mcp.call(client, 'get-sum', { b: 3, a: 2 });
      expect(joined.action_id).toBe(id);
      expect(await mcp.approve(id, 'anna')).toBe(403);
      expect(await mcp.approve(id)).toBe(200);
      await until(
        async () => (await world.eventsOf(`call-demo:${id}`)).includes('TurnAccepted'),
        'the approved call has its place in the queue',
      );
      expect(await world.eventsOf(`call-demo:${id}`)).toEqual(['TurnAccepted']);
      const continuation = { continuation: pending.said['continuation'] };
      const other = await world.mcpClient('everything', { agent: 'another-agent' });
      expect((await mcp.call(other, 'interlock_continue', continuation)).said['code']).toBe('not-found');
      expect(await world.eventsOf(`call-demo:${id}`)).toEqual(['TurnAccepted']);
      const done = await mcp.call(client, 'interlock_continue', continuation);
      expect(done).toMatchObject({ isError: false, action_id: id });
      expect(done.text).toContain('5');
      const repeated = await mcp.call(client, 'interlock_continue', continuation);
      expect(repeated.text).toBe(done.text);
      const types = await world.eventsOf(`call-demo:${id}`);
      expect(types.filter((type) => type === 'CallRequested')).toHaveLength(1);
      const stored = JSON.stringify(
        (await collect(world.parts.log.store.read(`call-demo:${id}`))).map(({ data }) => data),
      );
      expect(stored).toContain('"sealed"');
      expect(stored).not.toContain(done.text);
    });

    it('whose caller waits no longer than it wants to is told that it is pending, and gets the result later', async () => {
      const hurried = await world.mcpClient('everything', { waitMs: 0 });
      const pending = await mcp.call(hurried, 'echo', { message: 'in a hurry' });
      expect(pending.said).toMatchObject({ status: 'pending', action_id: pending.action_id });
      await world.reaches(pending.action_id, 'COMPLETED');
      const later = await mcp.call(hurried, 'echo', { message: 'in a hurry' });
      expect(later).toMatchObject({ text: 'Echo: in a hurry', action_id: pending.action_id });
    });

    it('reads a file at once, and moves one only after a yes', async () => {
      await mcp.confirm('files', 'read_text_file');
      await mcp.confirm('files', 'move_file', { read_only: false });
      const client = await world.mcpClient('files');
      const from = join(folder(), 'note.txt');
      const to = join(folder(), 'moved.txt');
      expect((await mcp.call(client, 'read_text_file', { path: from })).text).toBe('what the file says');
      const failed = await mcp.call(client, 'read_text_file', { path: '/etc/passwd' });
      expect(failed.isError).toBe(true);
      expect(await world.reaches(failed.action_id, 'ROLLED_BACK')).toBeDefined();
      const pending = await mcp.call(client, 'move_file', { source: from, destination: to });
      expect(pending.said['status']).toBe('pending');
      expect(existsSync(to)).toBe(false);
      expect(await mcp.approve(pending.action_id)).toBe(200);
      const moved = await until(async () => {
        const answer = await mcp.call(client, 'move_file', { source: from, destination: to });
        return answer.said['status'] === 'pending' ? false : answer;
      }, 'the move is done');
      expect(moved.action_id).toBe(pending.action_id);
      expect(readFileSync(to, 'utf8')).toBe('what the file says');
    });

    it('is called over Streamable HTTP as it is over the standard streams', async () => {
      const port = await freePort();
      const server = await startGuarded({
        program: process.execPath,
        args: [publicServer('everything'), 'streamableHttp'],
        env: { ...process.env, PORT: String(port) },
        pidFile: join(world.directory, 'everything.pid'),
        ready: /listening on port/,
        timeoutMs: 120_000,
      });
      try {
        await mcp.register('remote', { kind: 'http', url: `http://127.0.0.1:${port}/mcp` });
        await mcp.confirm('remote', 'echo');
        const answer = await mcp.call(await world.mcpClient('remote'), 'echo', { message: 'from afar' });
        expect(answer).toMatchObject({ text: 'Echo: from afar', isError: false });
        await world.reaches(answer.action_id, 'COMPLETED');
      } finally {
        await server.stop();
      }
    });

    it('is confirmed together with its server, as a look before the registration showed it', async () => {
      const everything = [publicServer('everything'), 'stdio'];
      world.allowPrograms({
        everything,
        files: [publicServer('filesystem'), folder()],
        together: everything,
      });
      const body = { server: 'together', address: { kind: 'stdio', command: 'together' } };
      const post = (path: string, more: object, as: Parameters<typeof world.call>[4] = {}) =>
        world.call('agent-gateway', 'POST', path, { ...body, ...more }, as);
      const http = await post('/mcp/servers/look', { address: { kind: 'http', url: 'https://x.example/' } });
      expect([http.status, http.body['code']]).toEqual([422, 'validation-failed']);
      const scope = await post('/mcp/servers/look', {}, { scopes: ['AUTONOMOUS_READ'] });
      expect(scope.body['code']).toBe('missing-scope');
      const looked = await post('/mcp/servers/look', {});
      const shown = (looked.body['tools'] as readonly { readonly tool: string; readonly digest: string }[])
        .filter(({ tool }) => ['echo', 'get-sum'].includes(tool))
        .map(({ tool, digest }) => ({ tool, digest, read_only: true, external_contact: false }));
      expect(shown).toHaveLength(2);
      expect((await world.call('agent-gateway', 'GET', '/mcp/servers/together')).status).toBe(404);

      const tools = shown.map((one) => ({ ...one, confidence_score: 0.99 }));
      const program = await post('/mcp/servers', { tools }, { kind: 'service' });
      expect(program.body).toMatchObject({ code: 'person-required' });
      const stale = await post('/mcp/servers', { tools: [{ ...tools[0], digest: '0'.repeat(64) }] });
      expect(stale.body).toMatchObject({ code: 'approval-stale' });
      const twice = await post('/mcp/servers', { tools: [tools[0], tools[0]] });
      expect(twice.body).toMatchObject({ code: 'validation-failed' });
      const done = await mcp.approved(() => post('/mcp/servers', { tools }));
      expect(done.status).toBe(200);
      const client = await world.mcpClient('together');
      const answer = await mcp.call(client, 'echo', { message: 'at once' });
      expect(answer).toMatchObject({ text: 'Echo: at once', isError: false });
      expect((await client.listTools()).tools).toHaveLength(3);
    });

    it('is no more to be called once its server is retired', async () => {
      const client = await world.mcpClient('files');
      const retired = await world.call('agent-gateway', 'POST', '/mcp/servers/files/retire', {});
      expect(retired.body).toMatchObject({ retired: true });
      await expect(client.listTools()).rejects.toThrow();
    });
  });
};
