import { throughChange } from '@interlock/contracts';
import { isObject } from '@interlock/kernel';
import { until } from '@interlock/testing';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { AgentsWorld } from './agents-world.js';

export type Shown = { readonly [name: string]: unknown };

const objects = (value: unknown): readonly Shown[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** What a tool's answer says in words, and in its structured part. */
export type ToolAnswer = {
  readonly text: string;
  readonly said: Shown;
  readonly isError: boolean;
  readonly action_id: string;
};

/** What the tests of MCP do with a world. */
export const mcpWorld = (world: AgentsWorld) => {
  const answerOf = (result: object): ToolAnswer => {
    const fields: Shown = { ...result };
    const [first] = objects(fields['content']);
    const said = isObject(fields['structuredContent']) ? fields['structuredContent'] : {};
    const meta = isObject(fields['_meta']) ? fields['_meta']['interlock'] : undefined;
    return {
      text: String(first?.['text'] ?? ''),
      said,
      isError: fields['isError'] === true,
      action_id: String(isObject(meta) ? meta['action_id'] : ''),
    };
  };
  /** Makes a write as two people: what loosens is approved by the second. */
  const approved = (write: () => ReturnType<typeof world.call>): ReturnType<typeof world.call> =>
    throughChange(write, async ({ change_id, digest }) => {
      const { status, body } = await world.call(
        'safety-rails',
        'POST',
        `/changes/${change_id}/approve`,
        { digest },
        { sub: 'second' },
      );
      if (status !== 200 || body['status'] !== 'applied') throw new Error(JSON.stringify(body));
    });
  const register = async (server: string, address: object, timeoutMs = 15_000): Promise<void> => {
    const { status, body } = await approved(() =>
      world.call('agent-gateway', 'POST', '/mcp/servers', { server, address, timeout_ms: timeoutMs }),
    );
    if (status !== 200) throw new Error(JSON.stringify(body));
  };
  const look = async (server: string): Promise<readonly Shown[]> => {
    const { status, body } = await world.call('agent-gateway', 'POST', `/mcp/servers/${server}/look`, {});
    if (status !== 200) throw new Error(JSON.stringify(body));
    return objects(body['tools']);
  };
  const toolOf = async (server: string, tool: string): Promise<Shown> =>
    (await look(server)).find((one) => one['tool'] === tool) ?? {};
  const tryConfirm = (
    server: string,
    tool: string,
    body: object,
    as: Parameters<typeof world.call>[4] = {},
  ) => world.call('agent-gateway', 'POST', `/mcp/servers/${server}/tools/${tool}/confirm`, body, as);
  return {
    approved,
    register,
    look,
    toolOf,
    tryConfirm,
    confirm: async (server: string, tool: string, terms: object = {}): Promise<Shown> => {
      const { digest } = await toolOf(server, tool);
      const { status, body } = await approved(() =>
        tryConfirm(server, tool, {
          digest,
          read_only: true,
          external_contact: false,
          confidence_score: 0.99,
          ...terms,
        }),
      );
      if (status !== 200) throw new Error(JSON.stringify(body));
      // The door of safety-rails follows the log: it takes the type a moment later.
      return body;
    },
    /** Calls a tool until the door knows its type. */
    call: (client: Client, name: string, args: object = {}): Promise<ToolAnswer> =>
      until(async () => {
        const answer = answerOf(await client.callTool({ name, arguments: { ...args } }));
        return answer.said['code'] === 'unknown-action-type' ? false : answer;
      }, `the tool ${name} is known`),
    approve: async (actionId: string, sub = 'bob'): Promise<number> => {
      const seen = await world.reaches(actionId, 'AWAITING_APPROVAL');
      const approval = isObject(seen['approval']) ? seen['approval'] : {};
      const { digest } = approval;
      return (
        await world.call(
          'safety-rails',
          'POST',
          `/autonomous/actions/${actionId}/approve`,
          { digest },
          { sub },
        )
      ).status;
    },
  };
};
