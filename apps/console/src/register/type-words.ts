import type { ActionType } from '../autonomy/queries.js';

/** Names the service or endpoint that carries out an action type. Pure. */
export const handlerText = ({ handler }: Pick<ActionType, 'handler'>): string => {
  if (handler === null) return 'none: dry runs only';
  const { endpoint } = handler;
  if (endpoint === undefined) return `${handler.service}, ${handler.name}`;
  const limits = `deadline ${endpoint.timeout_ms} ms, at most ${endpoint.max_calls} at once`;
  switch (endpoint.kind) {
    case 'webhook':
      return `webhook ${endpoint.url ?? 'by step'}, ${limits}`;
    case 'nats':
      return `over NATS, ${limits}`;
    case 'mcp':
      return `tool ${endpoint.tool ?? '–'} of MCP server ${endpoint.server ?? '–'}, ${limits}`;
  }
};

/** An example document for a new action type. */
export const typeExample = JSON.stringify(
  {
    title: 'Archive a message',
    parameters: {
      type: 'object',
      properties: { message_id: { type: 'string', maxLength: 200 } },
      required: ['message_id'],
      additionalProperties: false,
    },
    reversible: true,
    handler: {
      kind: 'webhook',
      url: 'https://agent.example/hooks',
      secret_ref: 'env:HOOK_SECRET',
      steps: ['apply', 'undo', 'status'],
    },
  },
  null,
  2,
);
