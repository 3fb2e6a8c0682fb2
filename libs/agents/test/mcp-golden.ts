import { fold, type DomainEvent } from '@interlock/kernel';
import {
  mcpServerDecider,
  toolCallDecider,
  toolCallKey,
  toolDigest,
  toolIntentId,
  type McpServerCommand,
  type McpServerEvent,
  type ToolCallCommand,
  type ToolCaller,
  type ToolCallEvent,
  type ToolDefinition,
} from '../src/index.js';

export const definition: ToolDefinition = {
  name: 'read_page',
  title: null,
  description: 'Reads one page.',
  input_schema: { type: 'object', properties: { page: { type: 'string' } } },
  output_schema: null,
  annotations: { readOnlyHint: true },
};
export const changed: ToolDefinition = { ...definition, description: 'Reads two pages.' };
export const register = {
  kind: 'RegisterServer' as const,
  content: {
    server: 'pages',
    title: 'Pages',
    address: {
      kind: 'http' as const,
      url: 'https://mcp.example.com/mcp',
      secret_ref: 'env:HANDLER_DEMO__PAGES',
    },
    timeout_ms: 10_000,
    max_calls: 8,
  },
} satisfies McpServerCommand;
export const confirm = {
  kind: 'ConfirmTool' as const,
  tool: 'read_page',
  action_type: 'mcp.pages.read_page',
  definition,
  terms: { read_only: true, external_contact: false, confidence_score: 0.9, keep_results: false },
} satisfies McpServerCommand;
export const hold = {
  kind: 'HoldTool' as const,
  tool: 'read_page',
  confirmed_digest: toolDigest(definition),
  seen_digest: toolDigest(changed),
  difference: [{ member: 'description', before: 'Reads one page.', after: 'Reads two pages.' }],
} satisfies McpServerCommand;
export const retire: McpServerCommand = { kind: 'RetireServer' };

/** The events that these commands write, in order. */
export const serverEvents = (...commands: readonly McpServerCommand[]): readonly McpServerEvent[] =>
  commands.reduce<readonly McpServerEvent[]>(
    (events, command) => [...events, ...mcpServerDecider.decide(command, fold(mcpServerDecider, events))],
    [],
  );

export const caller: ToolCaller = {
  server: 'pages',
  tool: 'read_page',
  agent: 'reader',
  account_id: 'library',
  requester: 'service:reader',
  arguments_digest: 'ab12',
};
/** Opens the `n`-th of identical calls. */
export const open = (n: number): ToolCallCommand => {
  const intent_id = toolIntentId(toolCallKey(caller), n);
  return { kind: 'OpenToolCall', caller, intent_id, action_id: `a-${n}` };
};
export const claim = (n: number): Extract<ToolCallCommand, { kind: 'ClaimToolCall' }> => ({
  kind: 'ClaimToolCall',
  n,
  approval_digest: 'as it was approved',
});
export const answer = (n: number): ToolCallCommand => ({ kind: 'AnswerToolCall', n, state: 'COMPLETED' });
export const toolCallEvents = (...commands: readonly ToolCallCommand[]): readonly ToolCallEvent[] =>
  commands.reduce<readonly ToolCallEvent[]>(
    (events, command) => [...events, ...toolCallDecider.decide(command, fold(toolCallDecider, events))],
    [],
  );

/** One example of each event, as the deciders write it now. */
export const exampleEvents = (): { readonly [type: string]: object } => {
  const events: readonly DomainEvent[] = [
    ...serverEvents(register, confirm, hold, retire),
    ...toolCallEvents(open(1), claim(1), answer(1)),
  ];
  return Object.fromEntries(events.map(({ type, data }) => [type, data]));
};
