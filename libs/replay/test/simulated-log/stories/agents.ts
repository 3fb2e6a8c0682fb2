import {
  mcpServerDecider,
  mcpServerLoosens,
  mcpServerStream,
  toolActionType,
  toolCallDecider,
  toolCallKey,
  toolCallStream,
  toolIntentId,
  toolType,
  type ToolDefinition,
} from '@interlock/agents';
import { actionIdOf, contentHash } from '@interlock/kernel';
import { actionTypeDecider, type ActionTypeState } from '@interlock/policy';
import { writeSetting } from '../changes.ts';
import { define } from '../policies.ts';
import { account, person, service, tenant } from '../journal.ts';
import { intentOf, isOver, type Story } from './story.ts';

const anna = person('anna');
const otto = person('otto');
const server = 'tickets';
const definition: ToolDefinition = {
  name: 'list',
  title: null,
  description: 'Lists tickets',
  input_schema: { type: 'object' },
  output_schema: null,
  annotations: null,
};
const action_type = toolActionType(server, 'list');
const content = {
  server,
  title: 'Tickets',
  address: { kind: 'stdio', command: 'tickets' } as const,
  timeout_ms: 5000,
  max_calls: 4,
};
const terms = { read_only: true, external_contact: false, confidence_score: 0.9, keep_results: false };

/** A read-only tool is confirmed, called by an agent, and answers. */
export const toolStory: Story = ({ log, submit, stateOf }) => {
  const setting = {
    stream: mcpServerStream(tenant, server),
    decider: mcpServerDecider,
    loosens: mcpServerLoosens,
  };
  writeSetting(log, setting, { kind: 'RegisterServer', content }, anna, otto);
  writeSetting(
    log,
    setting,
    { kind: 'ConfirmTool', tool: 'list', action_type, definition, terms },
    anna,
    otto,
  );
  // The registry takes what people confirmed without asking again.
  const types = `action_type-${tenant}:${action_type}`;
  const defined = { kind: 'DefineActionType', content: toolType(content, definition, terms) } as const;
  log.tell(types, actionTypeDecider, defined, anna);
  const type = (log.state(types, actionTypeDecider as never) as unknown as ActionTypeState).entry!;
  const by = service('nats.sim');
  const caller = {
    server,
    tool: 'list',
    agent: 'optimizer',
    account_id: account,
    requester: 'service:nats.sim',
    arguments_digest: contentHash({}),
  };
  const key = toolCallKey(caller);
  const intent_id = toolIntentId(key, 1);
  const id = actionIdOf(tenant, intent_id);
  const calls = toolCallStream(tenant, key);
  const gateway = service('agent-gateway');
  log.tell(calls, toolCallDecider, { kind: 'OpenToolCall', caller, intent_id, action_id: id }, gateway);
  submit(intentOf({ intent_id, action_type, entity_id: server }), by, type);
  return () => {
    const state = stateOf(id);
    if (!isOver(state)) return false;
    log.tell(calls, toolCallDecider, { kind: 'ClaimToolCall', n: 1 }, gateway);
    if (state.status !== 'NONE')
      log.tell(calls, toolCallDecider, { kind: 'AnswerToolCall', n: 1, state: state.status }, gateway);
    return true;
  };
};

/** An agent buys something with a lower estimate than its parameters state. */
export const purchaseStory: Story = ({ log, submit, stateOf }) => {
  const type = define(log, {
    action_type: 'shop.buy',
    title: 'Buys',
    parameters_schema: { type: 'object' },
    handler: null,
    impact: { cost: 'price' },
    impact_fields: [],
    reversible: false,
    read_only: false,
    external_contact: false,
  });
  const id = submit(
    intentOf({
      intent_id: 'purchase',
      action_type: 'shop.buy',
      entity_id: 'order-1',
      parameters: { price: 8 },
      estimated_cost: 3,
    }),
    service('nats.sim'),
    type,
  );
  return () => isOver(stateOf(id));
};
