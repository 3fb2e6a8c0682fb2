import { beforeAll, describe, expect, it } from '@jest/globals';
import { isObject } from '@interlock/kernel';
import { agentsWorld, publicServer } from './agents-world.js';

const world = agentsWorld();
type Shown = { readonly [name: string]: unknown };
const objects = (value: unknown): readonly Shown[] => (Array.isArray(value) ? value.filter(isObject) : []);

const look = async (server: string): Promise<readonly Shown[]> => {
  const { status, body } = await world.call('agent-gateway', 'POST', `/mcp/servers/${server}/look`, {});
  if (status !== 200) throw new Error(JSON.stringify(body));
  return objects(body['tools']);
};
const confirm = async (server: string, tool: string, terms: object): Promise<Shown> => {
  const shown = (await look(server)).find((one) => one['tool'] === tool);
  const { status, body } = await world.call(
    'agent-gateway',
    'POST',
    `/mcp/servers/${server}/tools/${tool}/confirm`,
    { digest: shown?.['digest'], ...terms },
  );
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body;
};

describe('a tool of a public MCP server', () => {
  beforeAll(async () => {
    world.allowPrograms({ everything: [publicServer('everything'), 'stdio'] });
    const registered = await world.call('agent-gateway', 'POST', '/mcp/servers', {
      server: 'everything',
      address: { kind: 'stdio', command: 'everything' },
    });
    expect([registered.status, registered.body]).toMatchObject([201, { server: 'everything' }]);
    const terms = { read_only: true, external_contact: false, confidence_score: 0.99 };
    expect(await confirm('everything', 'echo', terms)).toMatchObject({
      action_type: 'mcp.everything.echo',
      state: 'confirmed',
    });
  });

  it('is called by the SDK client through the whole pipeline', async () => {
    const client = await world.mcpClient('everything');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['echo', 'interlock_continue']);
    const result = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
    expect(result).toMatchObject({ content: [{ type: 'text', text: 'Echo: hello' }] });
  });
});
