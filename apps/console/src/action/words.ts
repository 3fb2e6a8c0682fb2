import type { Action, ActionRow, Gate, GateName } from '../api/types.js';
import { numberText, plainValue, sentence } from '../format.js';

type Step = { readonly gate: string; readonly name: string; readonly looks: string };

/** The name of each gate and what it looks at, in their order. A missing gate does not compile. */
const gateWords: { readonly [G in GateName]: Omit<Step, 'gate'> } = {
  kill_switch: { name: 'Kill switch', looks: 'global, tenant and type' },
  posture: { name: 'Posture', looks: 'the effective level' },
  autonomy_mode: { name: 'Autonomy mode', looks: 'who may act by themselves' },
  prediction: { name: 'Prediction', looks: 'what the twin expects' },
  policy: { name: 'Policy gate', looks: 'policies and the bundle' },
  blast_radius: { name: 'Blast radius', looks: 'how many entities it touches' },
  confidence: { name: 'Confidence', looks: 'of the agent and of the twin' },
  auto_approval: { name: 'Auto-approval policy', looks: 'its clauses' },
  budget: { name: 'Budget', looks: 'what is left of today' },
};
/** The pipeline's gates in their order, as the API names them. */
export const pipeline: readonly Step[] = Object.entries(gateWords).map(([gate, words]) => ({
  gate,
  ...words,
}));
/** What comes after the gates, by the states that have reached it. */
export const later: readonly Step[] = [
  { gate: 'approval', name: 'Window, approvals', looks: 'whether a person is asked' },
  { gate: 'reservation', name: 'Reservation', looks: 'the site, the device and its turn' },
  { gate: 'last_look', name: 'Last look', looks: 'the gates again, just before' },
  { gate: 'execution', name: 'Execution', looks: 'commit confirmed on the device' },
  { gate: 'validation', name: 'Validation', looks: 'the KPIs against the prediction' },
  { gate: 'confirm', name: 'Confirm', looks: 'made permanent, or taken back' },
];

export const titleOf = ({ action_type: type }: Pick<Action, 'action_type'>): string => sentence(type);

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

/** What the prediction gate saw of the twin's answer; undefined before it was asked. */
const answerOf = ({ gates }: Pick<Action, 'gates'>): unknown => {
  const saw = gates.findLast(({ gate }) => gate === 'prediction')?.saw;
  return member(saw, 'answer') ?? saw;
};

/** The score that the twin gave, 1 to 99; undefined before it was asked. */
export const riskOf = (action: Pick<Action, 'gates'>): number | undefined => {
  const score = member(answerOf(action), 'risk_score');
  return typeof score === 'number' ? score : undefined;
};

const lineOf = (waiting: Action['waiting'], reasons: readonly { readonly detail: string }[]): string =>
  [
    ...(waiting === null ? [] : [`waits for ${waiting.service}: ${waiting.detail}`]),
    ...reasons.map(({ detail }) => detail),
  ]
    .filter((detail, at, all) => all.indexOf(detail) === at)
    .join('; ');

/** Why an action of a list is where it is, or why it asked, in one line. */
export const whyOfRow = ({
  waiting,
  reasons,
  held_for: held,
}: Pick<ActionRow, 'waiting' | 'reasons' | 'held_for'>): string => lineOf(waiting, [...reasons, ...held]);

/** Why an action is where it is, in one line. */
export const whyOf = (action: Pick<Action, 'reasons' | 'window' | 'approval' | 'waiting'>): string =>
  lineOf(action.waiting, [
    ...action.reasons,
    ...(action.approval?.holds ?? []).flatMap(({ reasons }) => reasons),
    ...(action.window?.holds ?? []).flatMap(({ reasons }) => reasons),
  ]);

const decidedStates: readonly Action['state'][] = [
  'COMPLETED',
  'REJECTED',
  'EXPIRED',
  'CANCELLED',
  'ROLLED_BACK',
  'ROLLBACK_FAILED',
];

/** Whether an action has ended and a person had said something to it: a yes needs no note. */
export const wasDecided = ({ state, answered }: Pick<ActionRow, 'state' | 'answered'>): boolean =>
  answered && decidedStates.includes(state);

/** What a gate saw as name and value, its plain members only; the rest stands in the events. */
export const sawOf = ({ saw }: Pick<Gate, 'saw'>): readonly (readonly [string, string])[] =>
  Object.entries(saw)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .slice(0, 8)
    .map(([name, value]) => [name, plainValue(value, 48)] as const);

type Asking = Pick<Action, 'state' | 'window' | 'approval'>;

/** The window that is open; null in any other state, though what it was stays with the action. */
export const openWindow = ({ state, window }: Pick<Asking, 'state' | 'window'>): Action['window'] =>
  state === 'AWAITING_CONFIRMATION' ? window : null;

/** What a person is asked now, a window or an approval; null where nobody is asked. */
export const askedOf = (action: Asking): Action['window'] | Action['approval'] =>
  action.state === 'AWAITING_APPROVAL' ? action.approval : openWindow(action);

/**
 * The end of a countdown: when, since when, and what happens then; undefined where nothing ends.
 */
export const deadlineOf = (
  action: Asking & Pick<Action, 'accepted_at'>,
): { readonly due: string; readonly since: string | null; readonly then: string } | undefined => {
  const { state, approval, accepted_at: since } = action;
  const window = openWindow(action);
  if (window !== null) return { due: window.due_at, since, then: `then ${window.end.detail}` };
  return state === 'AWAITING_APPROVAL' && approval !== null
    ? { due: approval.expires_at, since, then: 'then it does not run' }
    : undefined;
};

export type KpiInterval = {
  readonly kpi: string;
  readonly low: number;
  readonly high: number;
  readonly expected: number | undefined;
};

/** The twin's intervals of each figure's change, as the gate saw them; empty where it has none. */
export const intervalsOf = (action: Pick<Action, 'gates'>): readonly KpiInterval[] => {
  const answer = answerOf(action);
  const intervals = member(answer, 'interval_by_kpi');
  if (typeof intervals !== 'object' || intervals === null) return [];
  return Object.entries(intervals).flatMap(([kpi, interval]): KpiInterval[] => {
    if (!Array.isArray(interval)) return [];
    const [low, high] = interval.map(Number);
    if (low === undefined || high === undefined || !Number.isFinite(low) || !Number.isFinite(high)) return [];
    const expected = member(member(answer, 'impact_by_kpi'), kpi);
    return [{ kpi, low, high, expected: typeof expected === 'number' ? expected : undefined }];
  });
};

/**
 * A leaf's path as people name it: the things it is in, then the leaf:
 * `cell-004-1 → cell-004-2 / cellIndividualOffset`.
 */
export const leafName = (path: string): string => {
  const things = [...path.matchAll(/=\s*'([^']*)'|=\s*"([^"]*)"/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
  const leaf = path.split('/').findLast((part) => part !== '') ?? path;
  return things.length === 0 ? leaf : `${things.join(' → ')} / ${leaf}`;
};

/**
 * The number of entities by which the blast radius gate judges: the larger one of the intent's and
 * the topology's; undefined if the gate has not looked.
 */
export const affectedOf = (saw: unknown): number | undefined => {
  const counts = [saw, member(saw, 'estimate')]
    .map((of) => member(of, 'affected_entity_count'))
    .filter((count) => typeof count === 'number');
  return counts.length === 0 ? undefined : Math.max(...counts);
};

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** What a gate found, in one line: its first reason, else what it saw in its own words. */
export const summaryOf = ({ gate, reasons, saw }: Pick<Gate, 'gate' | 'reasons' | 'saw'>): string => {
  if (reasons[0] !== undefined) return reasons[0].detail;
  const answer = member(saw, 'answer');
  if (gate === 'posture') return `effective ${plainValue(member(answer, 'effective'))}`;
  if (gate === 'kill_switch') {
    const switches = member(saw, 'switches');
    return Array.isArray(switches) ? 'none engaged' : '';
  }
  if (gate === 'autonomy_mode') {
    const mode = member(answer, 'mode');
    const level = member(answer, 'matched_level');
    return mode === undefined
      ? ''
      : `${plainValue(mode)}, ${typeof level === 'number' ? `from level ${level}` : 'configured nowhere'}`;
  }
  if (gate === 'prediction') {
    const score = member(answer, 'risk_score');
    return typeof score === 'number'
      ? `risk ${score} of 99, ${plainValue(member(answer, 'risk_level'))}, from ${plainValue(member(answer, 'basis'))}`
      : '';
  }
  if (gate === 'policy') return plainValue(member(member(saw, 'evaluation'), 'decision'));
  if (gate === 'blast_radius')
    return `${plainValue(affectedOf(saw))} of at most ${plainValue(member(saw, 'policies_limit') ?? member(saw, 'default_limit'))}`;
  return text(member(answer, 'explanation')) ?? '';
};

type Rollback = NonNullable<Action['rollback']>;

/**
 * Whether somebody said yes to the rollback of a completed action, and it has not come to its end.
 */
export const isRollbackUnderWay = (rollback: Pick<Rollback, 'status'> | null): boolean =>
  rollback !== null && ['approved', 'judged', 'started'].includes(rollback.status);

/** How far the rollback of a completed action has come, in a sentence. */
export const rollbackWords = (
  { status, reasons }: Pick<Rollback, 'status' | 'reasons'>,
  state: Action['state'],
): string => {
  const why = reasons.map(({ detail }) => detail).join('; ');
  switch (status) {
    case 'prepared':
      return 'Somebody looked at what it would change back; nobody has said yes.';
    case 'approved':
    case 'judged':
      return 'A person said yes to it; nothing was sent yet.';
    case 'started':
      return 'It is being changed back.';
    case 'refused':
      return `It was refused and nothing was sent${why === '' ? '.' : `: ${why}.`}`;
    case 'done':
      return state === 'ROLLBACK_FAILED'
        ? 'This is its second outcome: it could not be changed back, and the device is not as it was.'
        : 'This is its second outcome: it had completed, and a person had it taken back.';
  }
};

export const scoreText = (score: number | null | undefined): string =>
  score === undefined || score === null ? '–' : numberText(score, 0);
