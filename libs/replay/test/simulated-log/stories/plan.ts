import { actorKey } from '@interlock/contracts';
import { contentHash, uuidV5 } from '@interlock/kernel';
import {
  builtInActionTypes,
  nodeActionId,
  nodeIntentId,
  planDecider,
  planIdOf,
  planWork,
  previewOf,
  type ActionState,
  type KnownPlan,
  type NodeIntent,
  type NodeRole,
  type PartOfPlan,
  type PlanCommand,
  type PlanNode,
  type PlanState,
  type PlanWork,
} from '@interlock/rails';
import { person, service, tenant } from '../journal.ts';
import { stopReason, whileStopped } from '../stop.ts';
import { intentOf, isOver, type Story, type Teller } from './story.ts';

export const cell = (n: number): NodeIntent => {
  const {
    intent_id: _id,
    tenant_id: _tenant,
    ...intent
  } = intentOf({
    intent_id: '',
    action_type: 'cell_failover',
    entity_id: `cell-${n}`,
    parameters: { power_raise_db: 3, cell_individual_offset: 3 },
    affected_entity_count: 3,
  });
  return intent;
};
const nodes: readonly PlanNode[] = [
  { node_id: 'one', depends_on: [], intent: cell(1), compensation: cell(2) },
  { node_id: 'two', depends_on: ['one'], intent: cell(3), compensation: null },
];

const yesOf = ({ approval }: KnownPlan, nodeId: string): PartOfPlan['approval'] => {
  const node = approval?.nodes.find(({ node_id }) => node_id === nodeId);
  if (approval === null || node === undefined || approval.approved_by.length < approval.required) return null;
  const { digest, required, approved_by, approved_as, expires_at } = approval;
  const { digest_parts, holds } = node;
  return { digest, digest_parts, holds, approvals_required: required, approved_by, approved_as, expires_at };
};

type Ended = Parameters<typeof previewOf>[0];

/** The action of a node, submitted if it does not exist; null while it is running. */
const submitted = (
  { submit, stateOf }: Teller,
  plan: KnownPlan,
  nodeId: string,
  role: NodeRole,
  intent: NodeIntent,
  over: object = {},
): Ended | null => {
  const { plan_id } = plan.submitted;
  const id = nodeActionId(plan.submitted, nodeId, role);
  if (stateOf(id).status === 'NONE')
    submit(
      {
        ...intent,
        intent_id: nodeIntentId(plan_id, nodeId, role),
        tenant_id: tenant,
        ...(role === 'preview' ? { dry_run: true } : {}),
        ...over,
      },
      person('olga'),
      builtInActionTypes[0]!,
      { plan_id, node_id: nodeId, role, approval: role === 'node' ? yesOf(plan, nodeId) : null },
    );
  const state: ActionState = stateOf(id);
  return isOver(state) ? (state as Ended) : null;
};

const perform = (teller: Teller, work: PlanWork, plan: KnownPlan): PlanCommand | null => {
  const { node_id, intent, compensation } = work.node.node;
  const now = teller.log.at;
  switch (work.kind) {
    case 'preview': {
      const end = submitted(teller, plan, node_id, 'preview', intent);
      return end === null
        ? null
        : {
            kind: 'record_preview',
            node_id,
            preview: previewOf(end, nodeActionId(plan.submitted, node_id, 'node')),
            now,
          };
    }
    case 'run':
    case 'stop': {
      const over = work.kind === 'stop' ? { not_after: plan.halt!.at } : {};
      const end = submitted(teller, plan, node_id, 'node', intent, over);
      return end === null
        ? null
        : { kind: 'record_end', node_id, state: end.status, reasons: end.reasons, now };
    }
    case 'take_back': {
      if (compensation === null)
        return {
          kind: 'record_compensation',
          node_id,
          state: 'REFUSED',
          reasons: [{ code: 'undo-impossible', detail: 'nobody said yes to it' }],
          now,
        };
      const end = submitted(teller, plan, node_id, 'take_back', compensation);
      return end === null
        ? null
        : { kind: 'record_compensation', node_id, state: end.status, reasons: end.reasons, now };
    }
  }
};

/** How a plan differs from one of two failovers that a person approves and that complete. */
export type PlanCourse = {
  readonly of?: Partial<Extract<PlanCommand, { kind: 'submit' }>['data']>;
  /** What a person does with the request; `wait`: nobody answers. */
  readonly answer?: 'approve' | 'reject' | 'cancel' | 'wait';
  /** A person ends the plan while it waits for its second action. */
  readonly cancelled?: true;
  /** The tenant is stopped while the plan waits for people. */
  readonly killed?: true;
  /** The number of the action that the device refuses, from 0. */
  readonly refused?: 0 | 1;
};

/**
 * A plan of two failovers that a person approves. With `cancelled`, the plan does not wait for the
 * second, and the first is taken back.
 */
export const planStory =
  (submission: string, { of: over = {}, answer = 'approve', ...course }: PlanCourse = {}): Story =>
  (teller) => {
    const { log } = teller;
    const plan_id = planIdOf(tenant, submission);
    const stream = `plan-${tenant}:${plan_id}`;
    const state = (): PlanState => log.state(stream, planDecider as never) as unknown as PlanState;
    const tell = (command: PlanCommand, by = service('safety-rails')): boolean => {
      const before = state();
      log.tell(stream, planDecider, command, by);
      return state() !== before;
    };
    const of = {
      submission_id: submission,
      description: null,
      failure_rule: 'rollback_all',
      approval: 'required',
      max_affected_entities: 100,
      dry_run: false,
      nodes,
      ...over,
    } as const;
    const requester = `person:${uuidV5('person', 'olga')}`;
    const dora = person('dora');
    const by = actorKey(dora);
    tell(
      {
        kind: 'submit',
        data: {
          ...of,
          plan_id,
          tenant_id: tenant,
          content_hash: contentHash({ ...of, requester }),
          requester,
        },
        now: log.at,
      },
      person('olga'),
    );
    const answered = (now: KnownPlan): void => {
      if (course.killed === true)
        return whileStopped(log, () => {
          tell({ kind: 'stop_by_kill_switch', reasons: [stopReason], now: log.at }, person('duty'));
        });
      if (answer === 'wait') log.now += 2 * 3_600_000;
      else if (answer === 'approve')
        tell({ kind: 'approve', by, digest: now.approval!.digest, now: log.at }, dora);
      else tell({ kind: answer, by, now: log.at }, dora);
    };
    return () => {
      const now = state();
      if (now.status === 'NONE' || now.ended_at !== null) return true;
      if (tell({ kind: 'advance', now: log.at })) return false;
      if (now.status === 'AWAITING_APPROVAL') {
        answered(now);
        return false;
      }
      const ended = now.nodes.filter(({ progress }) => progress.phase === 'ended').length;
      if (course.cancelled === true && now.status === 'RUNNING' && ended > 0)
        tell({ kind: 'cancel', by, now: log.at }, dora);
      if (now.status === 'RUNNING' && course.refused === ended) log.faults.add('refused');
      else log.faults.delete('refused');
      const known = state() as KnownPlan;
      for (const work of planWork(known)) {
        const command = perform(teller, work, known);
        if (command !== null) tell(command);
      }
      return false;
    };
  };
