import { isSamePerson } from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';
import { refuseDigest, said } from '../action/person.js';
import type { PlanCommand } from './plan-commands.js';
import { planEventTypes, type PlanEvent } from './plan-events.js';
import { followsFrom } from './plan-next.js';
import { nodeActionId } from './plan-shape.js';
import {
  evolvePlan,
  isHalted,
  isUnderReview,
  type KnownPlan,
  type NodeState,
  type PlanState,
} from './plan-state.js';

type CommandOf<Kind extends PlanCommand['kind']> = Extract<PlanCommand, { kind: Kind }>;

const refuseState = (state: KnownPlan, wanted: string): never => {
  throw new ProblemError('wrong-state', `the plan is ${state.status}, not ${wanted}`, {
    members: { state: state.status },
  });
};
const nodeOf = (state: KnownPlan, nodeId: string): NodeState => {
  const found = state.nodes.find(({ node }) => node.node_id === nodeId);
  if (found === undefined)
    throw new ProblemError('internal-error', `the plan has no node \`${nodeId}\` to record anything of`);
  return found;
};

const requestOf = ({ submitted }: KnownPlan): string => `/api/v1/autonomous/plans/${submitted.plan_id}`;

const approve = (command: CommandOf<'approve'>, state: KnownPlan): readonly PlanEvent[] => {
  if (state.approval?.approved_by.includes(command.by) === true && state.status !== 'AWAITING_APPROVAL') {
    refuseDigest(requestOf(state), command.digest, state.approval.digest);
    return [];
  }
  if (state.status !== 'AWAITING_APPROVAL') return refuseState(state, 'AWAITING_APPROVAL');
  const { approval } = state;
  const keys = [command.by, ...(command.refused_as ?? [])];
  if (isSamePerson(keys, state.requested_as))
    throw new ProblemError('same-person', 'the submitter of a plan may not approve it');
  if (isSamePerson(keys, approval.approved_as))
    throw new ProblemError('same-person', 'a second person must give the second approval');
  refuseDigest(requestOf(state), command.digest, approval.digest);
  if (command.now >= approval.expires_at)
    throw new ProblemError('wrong-state', `the approval expired at ${approval.expires_at}`);
  return [
    {
      type: 'PlanApproved',
      data: {
        by: command.by,
        digest: approval.digest,
        approvals: approval.approved_by.length + 1,
        approvals_required: approval.required,
        ...said(command.comment),
      },
    },
  ];
};

/**
 * Ends a plan that has not started. A running plan submits nothing more, and undoes nodes by its
 * failure rule.
 */
const cancel = ({ by, comment }: CommandOf<'cancel'>, state: KnownPlan): readonly PlanEvent[] => {
  const reasons = [{ code: 'cancelled', detail: 'an operator cancelled the plan' }];
  if (isUnderReview(state)) return [{ type: 'PlanCancelled', data: { by, reasons, ...said(comment) } }];
  const halts =
    state.status === 'RUNNING' ||
    (state.status === 'STOPPING' && state.halt.cause === 'node' && !state.halt.take_back);
  if (halts)
    return [
      {
        type: 'PlanHalted',
        data: {
          cause: 'cancel',
          by,
          take_back: state.submitted.failure_rule === 'rollback_all',
          reasons,
          ...said(comment),
        },
      },
    ];
  if (isHalted(state) || state.status === 'CANCELLED' || state.halt?.cause === 'cancel') return [];
  return refuseState(state, 'under way');
};

const stop = ({ reasons }: CommandOf<'stop_by_kill_switch'>, state: KnownPlan): readonly PlanEvent[] => {
  if (isUnderReview(state)) return [{ type: 'PlanCancelledByKillSwitch', data: { reasons } }];
  return state.status === 'RUNNING' || (isHalted(state) && state.halt.cause !== 'kill_switch')
    ? [{ type: 'PlanHalted', data: { cause: 'kill_switch', by: null, take_back: false, reasons } }]
    : [];
};

const decide = (command: PlanCommand, state: PlanState): readonly PlanEvent[] => {
  if (command.kind === 'submit') {
    if (state.status === 'NONE') return [{ type: 'PlanSubmitted', data: command.data }];
    if (state.submitted.content_hash === command.data.content_hash) return [];
    throw new ProblemError(
      'plan-conflict',
      `plan \`${command.data.submission_id}\` was submitted before with other content`,
      { members: { plan_id: command.data.plan_id } },
    );
  }
  if (state.status === 'NONE') throw new ProblemError('plan-not-found', 'there is no such plan');
  if (command.kind === 'approve' && isUnderReview(state) && state.stray_approval === true)
    throw new ProblemError('wrong-state', 'the plan holds an approval that nobody had asked for');
  switch (command.kind) {
    case 'advance': {
      const next = followsFrom(state, command.now);
      return next === null ? [] : [next];
    }
    case 'record_preview': {
      const { node_id, preview } = command;
      return state.status === 'PREVIEWING' && nodeOf(state, node_id).preview === null
        ? [
            {
              type: 'PlanNodePreviewed',
              data: { node_id, action_id: nodeActionId(state.submitted, node_id, 'preview'), preview },
            },
          ]
        : [];
    }
    case 'approve':
      return approve(command, state);
    case 'reject': {
      if (state.status === 'REJECTED') return [];
      if (state.status !== 'AWAITING_APPROVAL') return refuseState(state, 'AWAITING_APPROVAL');
      const reasons = [{ code: 'rejected', detail: 'a person rejected the plan' }];
      return [{ type: 'PlanRejected', data: { by: command.by, reasons, ...said(command.comment) } }];
    }
    case 'cancel':
      return cancel(command, state);
    case 'stop_by_kill_switch':
      return stop(command, state);
    case 'record_end': {
      const { node_id, state: end, reasons } = command;
      const action_id = nodeActionId(state.submitted, node_id, 'node');
      return nodeOf(state, node_id).progress.phase === 'requested'
        ? [{ type: 'PlanNodeEnded', data: { node_id, action_id, state: end, reasons } }]
        : [];
    }
    case 'record_compensation': {
      const { node_id, state: end, reasons } = command;
      const { node, taking_back: back } = nodeOf(state, node_id);
      // A node's own compensation has succeeded once it is COMPLETED; a rolled-back action, once it
      // is ROLLED_BACK.
      const takenBack = end === (node.compensation === null ? 'ROLLED_BACK' : 'COMPLETED');
      const action_id = nodeActionId(
        state.submitted,
        node_id,
        node.compensation === null ? 'node' : 'take_back',
      );
      return back.phase === 'requested'
        ? [
            {
              type: 'PlanCompensationEnded',
              data: { node_id, action_id, state: end, taken_back: takenBack, reasons },
            },
          ]
        : [];
    }
  }
};

/** The life of a plan (stream `plan-<tenant>:<plan_id>`). Each decision is at most one event. */
export const planDecider: Decider<PlanCommand, PlanEvent, PlanState> = {
  name: 'plan',
  types: planEventTypes,
  initial: { status: 'NONE' },
  decide,
  evolve: evolvePlan,
  // After the start, ending a plan needs work, and no work is done on the strength of a forged
  // stream.
  inSpiteOfForgery: {
    takes: ({ kind }, state) =>
      (kind === 'cancel' || kind === 'reject' || kind === 'stop_by_kill_switch') &&
      (isUnderReview(state) || state.status === 'CANCELLED'),
    after: (state) => state,
  },
};
