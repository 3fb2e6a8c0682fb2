import { cutText } from '@interlock/kernel';
import type { ActionTypeV1 } from '@interlock/contracts';
import type { McpServerContent } from './server.js';
import { toolActionType, toolDigest, type ToolDefinition, type ToolTerms } from './tool.js';

/** The action type of a confirmed tool. */
export const toolType = (
  { server, timeout_ms, max_calls }: McpServerContent,
  definition: ToolDefinition,
  terms: ToolTerms,
): Omit<ActionTypeV1, 'version'> => {
  const action_type = toolActionType(server, definition.name);
  return {
    action_type,
    title: cutText(definition.title ?? definition.name, 128),
    parameters_schema: definition.input_schema,
    handler: {
      service: 'agent-gateway',
      name: action_type,
      endpoint: {
        kind: 'mcp',
        server,
        tool: definition.name,
        digest: toolDigest(definition),
        keep_results: terms.keep_results,
        steps: ['plan', 'apply'],
        timeout_ms,
        max_calls,
      },
    },
    impact_fields: [],
    reversible: false,
    read_only: terms.read_only,
    external_contact: terms.external_contact,
    on_unknown: 'ask',
  };
};
