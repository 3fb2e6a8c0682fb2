import type { ActionType } from '../autonomy/queries.js';

/** Names the service or endpoint that carries out an action type. Pure. */
export const handlerText = ({ handler }: Pick<ActionType, 'handler'>): string => {
  if (handler === null) return 'none: dry runs only';
  if (handler.kind === 'built_in') return `${handler.service}, ${handler.name}`;
  const limits = `deadline ${handler.timeout_ms} ms, at most ${handler.max_calls} at once`;
  switch (handler.kind) {
    case 'webhook':
      return `webhook ${handler.url}, ${limits}`;
    case 'nats':
      return `over NATS, ${limits}`;
    case 'mcp':
      return `tool ${handler.tool} of MCP server ${handler.server}, ${limits}`;
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
      secret_ref: 'file:hook',
      steps: ['apply', 'undo', 'status'],
    },
  },
  null,
  2,
);
