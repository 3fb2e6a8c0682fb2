import { fold } from '@interlock/kernel';
import {
  nodeActionId,
  planDecider,
  planIdOf,
  type HoldRecord,
  type KnownPlan,
  type NodeEnd,
  type NodePreview,
  type PlanCommand,
  type PlanEvent,
  type PartOfPlan,
  type PlanNode,
  type PlanState,
  type PlanSubmittedData,
  type PlanYes,
} from '../src/index.js';
import { later, now } from './looks.js';

export const planId = planIdOf('demo', 's-1');
const intentOf = (entity_id: string): PlanNode['intent'] => ({
  account_id: 'ran',
  agent: 'ran-optimizer',
  action_type: 'cell_failover',
  entity_id,
  parameters: {},
  affected_entity_count: 3,
  confidence_score: 0.95,
});
/** A node that fails over a cell of its own name, with a compensation. */
export const node = (node_id: string, depends_on: readonly string[] = []): PlanNode => ({
  node_id,
  depends_on,
  intent: intentOf(`cell-${node_id}`),
  compensation: intentOf(`cell-${node_id}-back`),
});
export const submittedData = (
  nodes: readonly PlanNode[],
  over: Partial<PlanSubmittedData> = {},
): PlanSubmittedData => ({
  plan_id: planId,
  tenant_id: 'demo',
  submission_id: 's-1',
  content_hash: 'c',
  description: null,
  requester: 'person:olga',
  failure_rule: 'stop',
  approval: 'if_held',
  max_affected_entities: 100,
  dry_run: false,
  nodes,
  ...over,
});
export const approvalHold: HoldRecord = {
  gate: 'posture',
  hold: 'approval',
  reasons: [{ code: 'posture-yellow', detail: 'the posture is YELLOW' }],
  content: { level: 'YELLOW' },
};
export const previewed = (over: Partial<NodePreview> = {}): NodePreview => ({
  state: 'COMPLETED',
  reasons: [],
  holds: [],
  digest_parts: { action: 'a', risk_score: 20, diff: 'd', leaves: 'l', policies: 'p' },
  affected_entity_count: 3,
  approvals_required: 1,
  ...over,
});

/**
 * A plan on its way, as its runner takes it: after each command what follows by itself is written
 * too.
 */
export class PlanLife {
  events: PlanEvent[] = [];

  constructor(public at: string = now) {}

  get state(): PlanState {
    return fold(planDecider, this.events, { occurred_at: this.at });
  }

  get known(): KnownPlan {
    const { state } = this;
    if (state.status === 'NONE') throw new Error('there is no plan');
    return state;
  }

  get types(): readonly string[] {
    return this.events.map(({ type }) => type);
  }

  /** Tells one command, without what follows from it. */
  tell(command: PlanCommand): readonly PlanEvent[] {
    const written = planDecider.decide(command, this.state);
    this.events = [...this.events, ...written];
    return written;
  }

  settle(): this {
    while (this.tell({ kind: 'advance', now: this.at }).length > 0);
    return this;
  }

  submit(nodes: readonly PlanNode[], over: Partial<PlanSubmittedData> = {}): this {
    this.tell({ kind: 'submit', data: submittedData(nodes, over), now: this.at });
    return this;
  }

  /** Every node's dry run is in. */
  preview(over: { readonly [nodeId: string]: Partial<NodePreview> } = {}): this {
    for (const { node_id } of this.known.submitted.nodes)
      this.tell({ kind: 'record_preview', node_id, preview: previewed(over[node_id]), now: this.at });
    return this.settle();
  }

  ends(node_id: string, state: NodeEnd = 'COMPLETED', code = 'why'): this {
    this.tell({
      kind: 'record_end',
      node_id,
      state,
      reasons: [{ code, detail: `because it ${state}` }],
      now: this.at,
    });
    return this.settle();
  }

  takenBack(node_id: string, state: NodeEnd = 'COMPLETED'): this {
    this.tell({ kind: 'record_compensation', node_id, state, reasons: [], now: this.at });
    return this.settle();
  }

  approve(by = 'person:ann', over: Partial<Extract<PlanCommand, { kind: 'approve' }>> = {}): this {
    this.tell({ kind: 'approve', by, digest: this.known.approval?.digest ?? null, now: this.at, ...over });
    return this.settle();
  }

  cancel(by = 'person:ann'): this {
    this.tell({ kind: 'cancel', by, now: this.at });
    return this.settle();
  }

  kill(): this {
    this.tell({
      kind: 'stop_by_kill_switch',
      reasons: [{ code: 'kill-switch-engaged', detail: 'the kill switch is engaged' }],
      now: this.at,
    });
    return this.settle();
  }

  requested(): readonly string[] {
    return this.events.flatMap((event) => (event.type === 'PlanNodeRequested' ? [event.data.node_id] : []));
  }

  backRequested(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'PlanCompensationRequested' ? [event.data.node_id] : [],
    );
  }
}

export const actionOf = (nodeId: string): string =>
  nodeActionId({ plan_id: planId, tenant_id: 'demo' }, nodeId, 'node');

/** Of an action that a plan submits: what people approved of it. */
export const planYes = (
  of: Pick<PlanYes, 'digest_parts' | 'holds'>,
  over: Partial<PlanYes> = {},
): { readonly part_of: PartOfPlan } => ({
  part_of: {
    plan_id: planId,
    node_id: 'a',
    role: 'node',
    approval: {
      digest: 'whole',
      approvals_required: 1,
      approved_by: ['person:ann'],
      approved_as: ['person:ann'],
      expires_at: later(3600),
      ...of,
      ...over,
    },
  },
});
