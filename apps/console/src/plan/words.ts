import type { Schema } from '@interlock/api-types';
import { counted, sentence } from '../format.js';
import type { GlyphName, Kind } from '../ui/kinds.js';

export type Plan = Schema<'PlanDto'>;
export type PlanNode = Plan['nodes'][number];
type Look = { readonly kind: Kind; readonly glyph: GlyphName; readonly word: string };

/**
 * The look of each state of a plan. A new state of the API does not compile until it is added here.
 */
export const planLook = {
  PREVIEWING: { kind: 'blue', glyph: 'run', word: 'Dry run' },
  AWAITING_APPROVAL: { kind: 'yellow', glyph: 'hold', word: 'Awaiting approval' },
  RUNNING: { kind: 'blue', glyph: 'run', word: 'Running' },
  STOPPING: { kind: 'yellow', glyph: 'clk', word: 'Stopping' },
  ROLLING_BACK: { kind: 'vio', glyph: 'back', word: 'Rolling back' },
  COMPLETED: { kind: 'green', glyph: 'ok', word: 'Completed' },
  COMPLETED_IN_PART: { kind: 'yellow', glyph: 'tri', word: 'Completed in part' },
  DENIED: { kind: 'red', glyph: 'oct', word: 'Denied' },
  REJECTED: { kind: 'red', glyph: 'oct', word: 'Rejected' },
  EXPIRED: { kind: 'unk', glyph: 'minus', word: 'Expired' },
  CANCELLED: { kind: 'unk', glyph: 'minus', word: 'Cancelled' },
  STOPPED: { kind: 'red', glyph: 'oct', word: 'Stopped' },
  ROLLED_BACK: { kind: 'vio', glyph: 'back', word: 'Rolled back' },
  ROLLBACK_FAILED: { kind: 'red', glyph: 'oct', word: 'Rollback failed' },
} as const satisfies { readonly [S in Plan['state']]: Look };

const nodeLooks: { readonly [state: string]: Look } = {
  waiting: { kind: 'unk', glyph: 'none', word: 'Not reached' },
  requested: { kind: 'blue', glyph: 'run', word: 'Under way' },
  skipped: { kind: 'unk', glyph: 'minus', word: 'Never started' },
  COMPLETED: { kind: 'green', glyph: 'ok', word: 'Completed' },
  ROLLED_BACK: { kind: 'vio', glyph: 'back', word: 'Rolled back' },
  ROLLBACK_FAILED: { kind: 'red', glyph: 'oct', word: 'Rollback failed' },
  EXPIRED: { kind: 'unk', glyph: 'minus', word: 'Expired' },
  CANCELLED: { kind: 'unk', glyph: 'minus', word: 'Cancelled' },
  DENIED: { kind: 'red', glyph: 'oct', word: 'Denied' },
  BLOCKED: { kind: 'red', glyph: 'oct', word: 'Blocked' },
  REJECTED: { kind: 'red', glyph: 'oct', word: 'Rejected' },
};

/**
 * Returns the look of a plan's node. The state of its rollback takes precedence over its own state.
 */
export const nodeLook = ({
  state,
  compensation_state: back,
  taken_back: done,
}: Pick<PlanNode, 'state' | 'compensation_state' | 'taken_back'>): Look => {
  if (done === true) return { kind: 'vio', glyph: 'back', word: 'Rolled back' };
  if (done === false) return { kind: 'red', glyph: 'oct', word: 'Rollback failed' };
  if (back !== null) return { kind: 'blue', glyph: 'run', word: 'Rolling back' };
  return nodeLooks[state] ?? { kind: 'unk', glyph: 'none', word: sentence(state.toLowerCase()) };
};

const open: readonly string[] = ['waiting', 'requested', 'skipped'];

/** Returns the node whose action or dry run failed; undefined if none failed. */
export const failedNode = (plan: Pick<Plan, 'nodes' | 'state'>): PlanNode | undefined =>
  plan.nodes.find(({ state }) => !open.includes(state) && state !== 'COMPLETED') ??
  (plan.state === 'DENIED'
    ? plan.nodes.find(({ preview_state: state }) => state !== null && state !== 'COMPLETED')
    : undefined);

export type TakenBack = { readonly node: PlanNode; readonly no: number };

/**
 * Returns the completed nodes in the order of their rollback, which is the reverse of the order in
 * which they ended. Empty if there is no rollback.
 */
export const takingBack = (plan: Pick<Plan, 'nodes' | 'state' | 'failure_rule'>): readonly TakenBack[] => {
  const began = plan.nodes.some(({ compensation_state: state }) => state !== null);
  if (!began && !['ROLLING_BACK', 'ROLLED_BACK', 'ROLLBACK_FAILED'].includes(plan.state)) return [];
  return plan.nodes
    .filter(({ state }) => state === 'COMPLETED')
    .toSorted((a, b) => (b.ended_place ?? -1) - (a.ended_place ?? -1))
    .map((node, i) => ({ node, no: i + 1 }));
};

/** Joins words to a list: `1 and 3`, `2, 4 and 5`. */
export const listText = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? 'none') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

export const noOf = (plan: Pick<Plan, 'nodes'>, nodeId: string): number =>
  plan.nodes.findIndex(({ node_id: id }) => id === nodeId) + 1;

export type Sentence = {
  readonly kind: Kind;
  readonly glyph: GlyphName;
  readonly title: string;
  readonly text: string;
};

const reasonText = ({ reasons }: Pick<PlanNode, 'reasons'>): string =>
  reasons.map(({ detail }) => detail).join('; ');

const ruleText = {
  rollback_all: 'So all of it is taken back',
  stop: 'So nothing more starts',
  continue: 'So the rest goes on',
} as const;

const happened = (plan: Plan, failed: PlanNode | undefined): Sentence => {
  if (failed !== undefined)
    return {
      kind: 'red',
      glyph: 'oct',
      title: `Action ${noOf(plan, failed.node_id)} ${plan.state === 'DENIED' ? 'would be denied' : 'failed'}`,
      text: reasonText(failed) || `It ended ${nodeLook(failed).word.toLowerCase()}.`,
    };
  const { kind, glyph, word } = planLook[plan.state];
  const ended = plan.nodes.filter(({ state }) => !open.includes(state)).length;
  return {
    kind,
    glyph,
    title: word,
    text:
      plan.reasons.map(({ detail }) => detail).join('; ') ||
      `${ended} of ${counted(plan.nodes.length, 'action')} ended, none failed.`,
  };
};

const follows = (plan: Plan, failed: PlanNode | undefined): Sentence => {
  const back = takingBack(plan);
  if (plan.state === 'DENIED')
    return {
      kind: 'unk',
      glyph: 'minus',
      title: 'So none of them ran',
      text: 'Each action gets a dry run first. If one is refused, the whole plan ends.',
    };
  if (back.length > 0)
    return {
      kind: 'vio',
      glyph: 'back',
      title: ruleText.rollback_all,
      text: `In reverse of the order in which they ended: ${back.map(({ node }) => noOf(plan, node.node_id)).join(', ')}. One at a time.`,
    };
  if (failed !== undefined && plan.failure_rule !== 'rollback_all')
    return {
      kind: 'yellow',
      glyph: 'tri',
      title: ruleText[plan.failure_rule],
      text:
        plan.failure_rule === 'stop'
          ? 'Completed actions stay as they are.'
          : 'Independent actions still run.',
    };
  return {
    kind: 'unk',
    glyph: 'dot',
    title: 'If one fails',
    text: {
      rollback_all: 'Everything that completed is taken back, in reverse.',
      stop: 'What completed stays, nothing more starts.',
      continue: 'What does not depend on it goes on.',
    }[plan.failure_rule],
  };
};

const next = (plan: Plan): Sentence => {
  const waiting = takingBack(plan).filter(({ node }) => node.taken_back === null);
  const at = (nodes: readonly PlanNode[]): string =>
    listText(nodes.map(({ node_id: id }) => String(noOf(plan, id))));
  if (plan.ended_at !== null)
    return {
      kind: 'unk',
      glyph: 'minus',
      title: 'Nothing',
      text:
        plan.state === 'DENIED'
          ? 'The plan has ended. To change it, submit it again under another submission id.'
          : 'The plan has ended. Each action keeps its own history.',
    };
  if (plan.state === 'AWAITING_APPROVAL')
    return {
      kind: 'yellow',
      glyph: 'clk',
      title: 'Next: one approval for the whole plan',
      text: 'Then each action goes through its own gates and records this approval in its own stream.',
    };
  if (plan.state === 'PREVIEWING')
    return {
      kind: 'blue',
      glyph: 'clk',
      title: 'Next',
      text: 'Each action gets a dry run, so that one approval can name them all.',
    };
  if (plan.state === 'ROLLING_BACK')
    return {
      kind: 'blue',
      glyph: 'clk',
      title: 'Next',
      text: `${waiting.length === 0 ? 'The last one ends' : `${at(waiting.map(({ node }) => node))} to take back`}. Should one fail, an incident opens and the others go on.`,
    };
  const running = plan.nodes.filter(({ state }) => state === 'requested');
  const ready = plan.nodes.filter(
    ({ state, depends_on: needs }) =>
      state === 'waiting' &&
      needs.every((id) => plan.nodes.some((node) => node.node_id === id && node.state === 'COMPLETED')),
  );
  return {
    kind: 'blue',
    glyph: 'clk',
    title: 'Next',
    text:
      running.length > 0
        ? `${at(running)} under way; what comes after waits for ${running.length === 1 ? 'it' : 'them'}.`
        : ready.length > 0
          ? `${at(ready)} can start.`
          : 'Actions in flight finish.',
  };
};

/**
 * Returns the label of the node at which the plan stopped. A plan that was only previewed was
 * denied there.
 */
export const brokeOffText = ({ state }: Pick<Plan, 'state'>): string =>
  state === 'DENIED' ? 'Denied here' : 'Failed here';

/** Returns three sentences: what happened, what follows from it, and what comes next. */
export const storyOf = (plan: Plan): readonly [Sentence, Sentence, Sentence] => {
  const failed = failedNode(plan);
  return [happened(plan, failed), follows(plan, failed), next(plan)];
};

/** Returns why a plan cannot be cancelled now; undefined if it can. */
export const cancelOff = ({
  state,
  ended_at: ended,
}: Pick<Plan, 'state' | 'ended_at'>): string | undefined => {
  if (ended !== null) return 'It has ended';
  if (state === 'ROLLING_BACK') return 'It is already rolling back';
  return state === 'STOPPING' ? 'It is already stopping' : undefined;
};
