import { defaults } from '@interlock/contracts';
import {
  endEventTypes,
  nodeActionId,
  type RecordedGate,
  type HoldRecord,
  lookedAtGates,
} from '@interlock/rails';
import type { Committed, SimulatedWorld } from './world.js';
import { tenant } from './weather.js';

const dataOf = (event: Committed | undefined): Record<string, unknown> =>
  (event?.data ?? {}) as Record<string, unknown>;
const notEnds = new Set(['ActionApproved', 'ActionConfirmed']);

/** What is wrong with the start of an execution, of the events before it. */
const startFaults = (events: readonly Committed[], at: number): readonly string[] => {
  const faults: string[] = [];
  const before = events.slice(0, at);
  const look = before.findLast(
    (event) => event.type === 'GatesJudged' && dataOf(event)['occasion'] === 'last',
  );
  const turn = before.findLast(({ type }) => type === 'TurnTaken');
  const gates = (dataOf(look)['gates'] ?? []) as readonly RecordedGate[];
  if (
    gates.length !== lookedAtGates.length ||
    !gates.every(({ verdict }) => verdict === 'pass' || verdict === 'inconclusive')
  )
    faults.push('rule 1: the last look did not pass');
  const policy = gates.find(({ gate }) => gate === 'policy')?.saw as
    { readonly evaluation: { readonly evaluation_id: string } } | undefined;
  const evaluated = Number(policy?.evaluation.evaluation_id);
  if (!(evaluated >= Math.floor(Date.parse(turn?.created ?? ''))))
    faults.push(
      `rule 6: its gates were looked at ${Date.parse(turn?.created ?? '') - evaluated} ms before its turn was taken`,
    );
  if (dataOf(turn)['turn'] !== dataOf(events[at])['turn'])
    faults.push('rule 1: it was started under another turn than it took');
  const holds = gates.filter(({ hold }) => hold !== undefined);
  const asked = before.findLastIndex(({ type }) => type === 'ApprovalRequested');
  if (asked < 0 && before.some(({ type }) => type === 'PlanApprovalRecorded')) {
    const yes = dataOf(before.findLast(({ type }) => type === 'PlanApprovalRecorded'));
    const shown = yes['holds'] as readonly HoldRecord[];
    if (!holds.every((hold) => shown.some(({ gate }) => gate === hold.gate)))
      faults.push('rule 1: a hold that nobody said yes to with the plan');
    return faults;
  }
  if (asked < 0) {
    const isLetGo = before.some(
      ({ type }) => type === 'ConfirmationWindowElapsed' || type === 'ActionConfirmed',
    );
    if (!holds.every(({ hold }) => hold === 'window') || (holds.length > 0 && !isLetGo))
      faults.push('rule 1: a hold without a yes');
    return faults;
  }
  const yes = new Set(
    before
      .slice(asked + 1)
      .filter(({ type }) => type === 'ActionApproved')
      .map((event) => String(dataOf(event)['by'])),
  );
  const required = Number(dataOf(before[asked])['approvals_required'] ?? 0);
  const { requester, claimed_by } = dataOf(events[0]);
  if (yes.size < required || yes.has(String(requester)) || yes.has(String(claimed_by)))
    faults.push(`rule 1: approved by ${[...yes].join()} where ${required} were needed`);
  const shown = dataOf(before[asked])['holds'] as readonly HoldRecord[];
  if (!holds.every((hold) => shown.some(({ gate }) => gate === hold.gate)))
    faults.push('rule 1: a hold that nobody said yes to');
  return faults;
};

const actionFaults = (world: SimulatedWorld, id: string): readonly string[] => {
  const events = world.action(id);
  const types = events.map(({ type }) => type);
  const faults: string[] = [];
  if (world.acknowledged.has(id) && types[0] !== 'IntentAccepted')
    faults.push('its intent was acknowledged and is lost');
  if (types.length === 0) return faults;
  const count = (type: string): number => types.filter((one) => one === type).length;
  if (!world.isDone(id))
    faults.push(`rule 4: it has no end, or something of it is left: ${types.slice(-4).join(' ')}`);
  if (types.filter((type) => type === 'IntentAccepted').length !== 1)
    faults.push('it was accepted more than once');
  if (count('ExecutionStarted') > Math.min(3, 1 + count('TurnLapsed')))
    faults.push('rule 1: it was started again without a lapse');
  if (count('ConfirmRequested') + count('UndoRequested') > 1)
    faults.push('both confirm and undo were asked for');
  for (const [at, type] of types.entries())
    if (type === 'ExecutionStarted') faults.push(...startFaults(events, at));

  const deed = world.handler.deeds.get(id);
  const end = types.findLast((type) => type.startsWith('Action') && !notEnds.has(type));
  const sent = world.handler.sent.filter((one) => one.action_id === id);
  const call = world.of(`call-${tenant}:${id}`);
  if ((deed?.acts.length ?? 0) > 1) faults.push('rule 1: it was executed twice');
  for (const one of sent) {
    const isAllowed = events.some(
      (event) =>
        event.type === 'ExecutionStarted' &&
        event.at <= one.at &&
        dataOf(event)['request_id'] === one.request_id,
    );
    if (!isAllowed) faults.push('rule 1: its handler heard of it without its start');
    const turn = call.findLast(({ type, at }) => type === 'TurnTaken' && at <= one.at);
    // The log counts whole milliseconds.
    if (one.at - (turn?.at ?? -Infinity) > defaults.turn_valid_ms + 1)
      faults.push(
        `rule 1: its handler heard of it ${Math.round(one.at - (turn?.at ?? 0))} ms after its turn`,
      );
    if (!call.some(({ type, at }) => type === 'CallRequested' && at <= one.at))
      faults.push('its handler heard of it before its journal did');
  }
  const isApplied = deed?.state === 'applied' || deed?.state === 'in_progress';
  if (end === 'ActionCompleted' && (deed?.state !== 'applied' || !deed.isConfirmed))
    faults.push(`rule 5: the log says ${end}, the handler ${deed?.state ?? 'nothing'}`);
  if (end !== 'ActionCompleted' && end !== 'ActionRollbackFailed' && isApplied)
    faults.push(`rule 5: the log says ${end ?? 'nothing'}, and the handler has it ${deed.state}`);
  if (isApplied && call.length > 0 && !['CallConfirmed', 'UndoFailed'].includes(call.at(-1)?.type ?? ''))
    faults.push(
      `rule 5: the handler has it ${deed.state}, its call ends with ${call.at(-1)?.type ?? 'nothing'}`,
    );
  return faults;
};

/** A plan comes to its end, and what its end says is so. */
const planFaults = (world: SimulatedWorld, id: string): readonly string[] => {
  const types = world.of(`plan-${tenant}:${id}`).map(({ type }) => type);
  if (types.length === 0) return [];
  const faults: string[] = [];
  if (!world.hasPlanEnded(id)) faults.push(`rule 4: the plan has no end: ${types.slice(-4).join(' ')}`);
  const endsOf = (role: 'node' | 'take_back'): readonly (string | undefined)[] =>
    ['first', 'second', 'third'].map(
      (node) =>
        world
          .action(nodeActionId({ plan_id: id, tenant_id: tenant }, node, role))
          .findLast(({ type }) => endEventTypes.has(type))?.type,
    );
  if (types.includes('PlanCompleted') && !endsOf('node').every((end) => end === 'ActionCompleted'))
    faults.push(`the plan is completed, its actions ended ${endsOf('node').join()}`);
  if (types.includes('PlanRolledBack'))
    for (const [i, end] of endsOf('node').entries())
      if (end === 'ActionCompleted' && endsOf('take_back')[i] !== 'ActionCompleted')
        faults.push(`the plan is rolled back, and node ${i} is not taken back`);
  return faults;
};

/** Nothing was sent while a switch was engaged and acknowledged. */
const switchFaults = (world: SimulatedWorld): readonly string[] => {
  const streams = new Set(
    world.events.flatMap(({ stream }) => (stream.startsWith('kill_switch-') ? [stream] : [])),
  );
  return [...streams].flatMap((stream) => {
    const faults: string[] = [];
    let engaged: Committed | undefined;
    let acknowledged: Committed | undefined;
    for (const event of [...world.of(stream), undefined]) {
      if (acknowledged !== undefined && (event === undefined || event.type === 'KillSwitchReleased')) {
        const [from, to] = [acknowledged.at, event?.at ?? Infinity];
        for (const sent of world.handler.sent)
          if (sent.at > from && sent.at < to)
            faults.push(
              `rule 2: ${sent.action_id} was started ${Math.round(sent.at - from)} ms after \`${stream}\` was acknowledged`,
            );
      }
      if (event?.type === 'KillSwitchEngaged') engaged = event;
      if (event?.type === 'KillSwitchReleased') engaged = acknowledged = undefined;
      if (event?.type === 'KillSwitchAcknowledged' && engaged !== undefined) acknowledged ??= event;
    }
    return faults;
  });
};

const budgetFaults = (world: SimulatedWorld): readonly string[] => {
  const faults: string[] = [];
  const streams = new Set(
    world.events.flatMap(({ stream }) => (stream.startsWith('budget-') ? [stream] : [])),
  );
  const kept = new Set<string>();
  for (const stream of streams) {
    const consumed = new Set<string>();
    for (const event of world.of(stream)) {
      const id = String(dataOf(event)['action_id']);
      if (event.type === 'BudgetConsumed') {
        if (consumed.has(id)) faults.push(`rule 3: ${id} has consumed twice`);
        consumed.add(id);
        if (consumed.size > world.dayLimit) faults.push(`rule 3: ${stream} is overspent`);
      } else if (event.type === 'BudgetGivenBack') consumed.delete(id);
    }
    for (const id of consumed) {
      if (kept.has(id)) faults.push(`rule 3: ${id} has consumed on two days`);
      kept.add(id);
    }
  }
  for (const id of kept) {
    const types = world.action(id).map(({ type }) => type);
    const started = types.lastIndexOf('ExecutionStarted');
    if (started < 0 || types.slice(started).some((type) => type === 'ApplyRefused'))
      faults.push(`rule 3: ${id} never executed and has not given back`);
  }
  return faults;
};

/**
 * The rules of docs/safety-case.md that are broken, according to the log alone and to a comparison
 * with the handler.
 */
export const brokenRules = (world: SimulatedWorld): readonly string[] => [
  ...world.faults,
  ...world.fleet.faults,
  ...world.handler.faults,
  ...world.actions.flatMap((id) => actionFaults(world, id).map((fault) => `${id}: ${fault}`)),
  ...world.plans.flatMap((id) => planFaults(world, id)),
  ...switchFaults(world),
  ...budgetFaults(world),
];
