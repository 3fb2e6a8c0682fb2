import type { Action, ActionRow, Gate, GateName } from '../api/types.js';
import { numberText, plainValue, sentence } from '../format.js';
import { missOf } from '../studio/playground/near-miss.js';

type Step = { readonly gate: string; readonly name: string; readonly looks: string };

/** The name of each gate and its subject, in pipeline order. A missing gate does not compile. */
const gateWords: { readonly [G in GateName]: Omit<Step, 'gate'> } = {
  kill_switch: { name: 'Kill switch', looks: 'global, tenant and type' },
  posture: { name: 'Posture', looks: 'the effective level' },
  autonomy_mode: { name: 'Autonomy mode', looks: 'who may act without a person' },
  prediction: { name: 'Prediction', looks: 'what the twin expects' },
  policy: { name: 'Policy gate', looks: 'policies and the bundle' },
  blast_radius: { name: 'Blast radius', looks: 'how many entities it touches' },
  confidence: { name: 'Confidence', looks: 'of the agent and of the twin' },
  auto_approval: { name: 'Auto-approval policy', looks: 'its clauses' },
  budget: { name: 'Budget', looks: 'what is left today' },
};
/** The name of each gate, by its name in the API. */
export const gateNames = Object.fromEntries(
  Object.entries(gateWords).map(([gate, { name }]) => [gate, name]),
) as { readonly [G in GateName]: string };
/** The gates of the pipeline in their order, named as in the API. */
export const pipeline: readonly Step[] = Object.entries(gateWords).map(([gate, words]) => ({
  gate,
  ...words,
}));
/** The steps after the gates, in their order. */
export const later = [
  { gate: 'confirmation', name: 'Window, approvals', looks: 'whether a person is asked' },
  { gate: 'reservation', name: 'Reservation', looks: 'the site, the device and its turn' },
  { gate: 'last_look', name: 'Last look', looks: 'the gates again, just before' },
  { gate: 'execution', name: 'Execution', looks: 'commit confirmed on the device' },
  { gate: 'validation', name: 'Validation', looks: 'the KPIs against the prediction' },
  { gate: 'confirm', name: 'Confirm', looks: 'made permanent, or taken back' },
] as const satisfies readonly Step[];
type LaterStep = (typeof later)[number]['gate'];

/** A gate or a later step with its verdict, named as in the API. */
export type Judged = Omit<Gate, 'gate' | 'hold'> & { readonly gate: string };

/** Returns what an action has recorded of the gates and of the steps after them. */
export const recordsOf = ({ gates, steps }: Pick<Action, 'gates' | 'steps'>): readonly Judged[] => [
  ...gates,
  ...steps.map(({ step, ...record }) => ({ ...record, gate: step })),
];

/** Returns the number of a step after the gates, counted from the first gate. */
export const stepNo = (step: LaterStep): number =>
  pipeline.length + later.findIndex(({ gate }) => gate === step) + 1;
/** The number of what comes after the last step: a change that is taken back. */
export const backNo = pipeline.length + later.length + 1;

/** The step of the open states after the gates. */
const stepOfState: { readonly [state in Action['state']]?: LaterStep } = {
  AWAITING_CONFIRMATION: 'confirmation',
  AWAITING_APPROVAL: 'confirmation',
  EXECUTING: 'execution',
  VALIDATING: 'validation',
  ROLLING_BACK: 'confirm',
};

/**
 * Returns the number of the step that an action has reached after the gates, counted from the first
 * gate. Returns undefined if the action has ended or is still at the gates.
 */
export const stepOf = ({ state }: Pick<Action, 'state'>): number | undefined => {
  const step = stepOfState[state];
  return step === undefined ? undefined : stepNo(step);
};

/** Returns the place of an action in the pipeline, such as `13 of 15, execution`. */
export const stepText = ({ state, waiting }: Pick<ActionRow, 'state' | 'waiting'>): string => {
  const all = pipeline.length + later.length;
  const step = stepOf({ state });
  if (step !== undefined)
    return `${step} of ${all}, ${state === 'ROLLING_BACK' ? 'taking back' : (later[step - pipeline.length - 1]?.name.toLowerCase() ?? '')}`;
  const at = pipeline.findIndex(({ gate }) => gate === waiting?.gate);
  if (state === 'COMPLETED') return `${all} of ${all}`;
  return state !== 'PENDING'
    ? '–'
    : at < 0
      ? 'at the gates'
      : `${at + 1} of ${all}, waits for ${waiting?.service ?? ''}`;
};

export const titleOf = ({ action_type: type }: Pick<Action, 'action_type'>): string => sentence(type);

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

/**
 * Returns the part of the twin's answer that the prediction gate saw; undefined before the twin was
 * asked.
 */
const answerOf = ({ gates }: Pick<Action, 'gates'>): unknown => {
  const saw = gates.findLast(({ gate }) => gate === 'prediction')?.saw;
  return member(saw, 'answer') ?? saw;
};

/** Returns the risk score of the twin, 1 to 99; undefined before the twin was asked. */
export const riskOf = (action: Pick<Action, 'gates'>): number | undefined => {
  const score = member(answerOf(action), 'risk_score');
  return typeof score === 'number' ? score : undefined;
};

const gateSaw = ({ gates }: Pick<Action, 'gates'>, name: string): unknown =>
  gates.findLast(({ gate }) => gate === name)?.saw;

/** Returns the level of the risk and the confidence of the twin, as far as they are known. */
export const judgedOf = (
  action: Pick<Action, 'gates'>,
): { readonly level: string | undefined; readonly confidence: number | undefined } => {
  const [level, confidence] = ['risk_level', 'confidence'].map((name) => member(answerOf(action), name));
  return {
    level: typeof level === 'string' ? level : undefined,
    confidence: typeof confidence === 'number' ? confidence : undefined,
  };
};

/** Returns the traces behind the prediction, the heaviest first. */
export const tracesOf = (
  action: Pick<Action, 'gates'>,
): readonly { readonly id: string; readonly weight: number }[] => {
  const traces = member(answerOf(action), 'traces');
  return (Array.isArray(traces) ? traces : [])
    .flatMap((trace: unknown) => {
      const [id, weight] = [member(trace, 'trace_id'), member(trace, 'weight')];
      return typeof id === 'string' && typeof weight === 'number' ? [{ id, weight }] : [];
    })
    .toSorted((a, b) => b.weight - a.weight);
};

/** Returns the number of users that the estimate says the action affects. */
export const usersOf = (action: Pick<Action, 'gates'>): number | undefined => {
  const users = member(member(gateSaw(action, 'blast_radius'), 'estimate'), 'users_affected');
  return typeof users === 'number' ? users : undefined;
};

/** Returns the number of entities that the policies allow, or else the tenant's limit. */
export const entityLimitOf = (action: Pick<Action, 'gates'>): number | undefined => {
  const saw = gateSaw(action, 'blast_radius');
  const limit = member(saw, 'policies_limit') ?? member(saw, 'default_limit');
  return typeof limit === 'number' ? limit : undefined;
};

/** Returns the evaluation that the policy gate saw. */
const evaluationOf = (action: Pick<Action, 'gates'>): unknown =>
  member(gateSaw(action, 'policy'), 'evaluation');

/** Returns the cost and the trace id of the evaluation, as pairs of name and value. */
export const evaluationFacts = (action: Pick<Action, 'gates'>): readonly (readonly [string, string])[] => {
  const evaluation = evaluationOf(action);
  const [cost, compute] = ['cost', 'compute'].map((name) => member(member(evaluation, 'budget'), name));
  const trace = member(evaluation, 'trace_id');
  return [
    ...(typeof cost === 'number'
      ? [['Cost', `${numberText(cost)}, compute ${plainValue(compute)}`] as const]
      : []),
    ...(typeof trace === 'string' ? [['Trace', trace] as const] : []),
  ];
};

/** Names the bundle and the policies of the policy gate: `bundle 1.4.2, cells-guard 3`. */
export const boundPolicies = (action: Pick<Action, 'gates'>): string => {
  const evaluation = evaluationOf(action);
  const bundle = member(member(evaluation, 'bundle'), 'bundle_version');
  const matched = member(member(evaluation, 'policies'), 'matched');
  return [
    ...(typeof bundle === 'string' ? [`bundle ${bundle}`] : []),
    ...(Array.isArray(matched)
      ? matched.map(
          (one: unknown) => `${plainValue(member(one, 'policy_id'))} ${plainValue(member(one, 'version'))}`,
        )
      : []),
  ].join(', ');
};

/** Says which rules and policies nearly matched, and what kept them from it. */
export const nearMissesOf = (action: Pick<Action, 'gates'>): readonly string[] => {
  const misses = member(evaluationOf(action), 'near_misses');
  return (Array.isArray(misses) ? misses : []).flatMap((given: unknown) => {
    const miss = missOf(given);
    return miss === undefined
      ? []
      : [
          `${miss.name} would ${miss.would}: ${miss.field} is ${plainValue(miss.actual)}, needs ${miss.op} ${plainValue(miss.value)}`,
        ];
  });
};

/** Says who may not decide about an action. */
export const excludedText = ({
  requester,
  claimed_by: claimed,
}: Pick<Action, 'requester' | 'claimed_by'>): string =>
  `Needs a person who is not the requester ${requester}${claimed === null ? '' : ` or ${claimed}`}`;

const lineOf = (waiting: Action['waiting'], reasons: readonly { readonly detail: string }[]): string =>
  [
    ...(waiting === null ? [] : [`waits for ${waiting.service}: ${waiting.detail}`]),
    ...reasons.map(({ detail }) => detail),
  ]
    .filter((detail, at, all) => all.indexOf(detail) === at)
    .join('; ');

/** Returns in one line why a listed action is in its state, or why it asked a person. */
export const whyOfRow = ({
  waiting,
  reasons,
  held_for: held,
}: Pick<ActionRow, 'waiting' | 'reasons' | 'held_for'>): string => lineOf(waiting, [...reasons, ...held]);

/** Returns in one line why an action is in its state. */
export const whyOf = (action: Pick<Action, 'reasons' | 'window' | 'approval' | 'waiting'>): string =>
  lineOf(action.waiting, [
    ...action.reasons,
    ...(action.approval?.holds ?? []).flatMap(({ reasons }) => reasons),
    ...(action.window?.holds ?? []).flatMap(({ reasons }) => reasons),
  ]);

/** The ends of an action that a person can have decided. */
export const decidedStates = [
  'COMPLETED',
  'REJECTED',
  'EXPIRED',
  'CANCELLED',
  'ROLLED_BACK',
  'ROLLBACK_FAILED',
] as const satisfies readonly Action['state'][];
export type DecidedState = (typeof decidedStates)[number];

/** Returns whether an action has ended and a person answered it. An approval needs no comment. */
export const wasDecided = ({ state, answered }: Pick<ActionRow, 'state' | 'answered'>): boolean =>
  answered && decidedStates.some((decided) => decided === state);

/**
 * Returns the scalar members that a gate saw, at most 8, as pairs of name and value. The events
 * hold the rest.
 */
export const sawOf = ({ saw }: Pick<Judged, 'saw'>): readonly (readonly [string, string])[] =>
  Object.entries(saw)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .slice(0, 8)
    .map(([name, value]) => [name, plainValue(value, 48)] as const);

type Asking = Pick<Action, 'state' | 'window' | 'approval'>;

/**
 * Returns the open confirmation window; null in any other state, although the action keeps the data
 * of its window.
 */
export const openWindow = ({ state, window }: Pick<Asking, 'state' | 'window'>): Action['window'] =>
  state === 'AWAITING_CONFIRMATION' ? window : null;

/**
 * Returns the open request to a person, which is a window or an approval; null if there is none.
 */
export const askedOf = (action: Asking): Action['window'] | Action['approval'] =>
  action.state === 'AWAITING_APPROVAL' ? action.approval : openWindow(action);

/**
 * Returns the end of a countdown, its begin, and what happens at the end. Returns undefined if the
 * action has no deadline.
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

/**
 * Returns the twin's interval for each KPI as the prediction gate saw it; empty if there is none.
 */
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
 * Returns a leaf's path in short form. It names the list entries that contain the leaf, then the
 * leaf: `cell-004-1 → cell-004-2 / cellIndividualOffset`.
 */
export const leafName = (path: string): string => {
  const things = [...path.matchAll(/=\s*'([^']*)'|=\s*"([^"]*)"/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
  const leaf = path.split('/').findLast((part) => part !== '') ?? path;
  return things.length === 0 ? leaf : `${things.join(' → ')} / ${leaf}`;
};

/**
 * Returns the number of entities that the blast radius gate uses: the larger of the intent's and
 * the topology's count. Returns undefined if the gate has not run.
 */
export const affectedOf = (saw: unknown): number | undefined => {
  const counts = [saw, member(saw, 'estimate')]
    .map((of) => member(of, 'affected_entity_count'))
    .filter((count) => typeof count === 'number');
  return counts.length === 0 ? undefined : Math.max(...counts);
};

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Returns a gate's finding in one line: its first reason, or a summary of what it saw. */
export const summaryOf = ({ gate, reasons, saw }: Pick<Judged, 'gate' | 'reasons' | 'saw'>): string => {
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
      : `${plainValue(mode)}, ${typeof level === 'number' ? `from level ${level}` : 'not configured'}`;
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

/** Returns whether the rollback of a completed action was approved and has not ended yet. */
export const isRollbackUnderWay = (rollback: Pick<Rollback, 'status'> | null): boolean =>
  rollback !== null && ['approved', 'judged', 'started'].includes(rollback.status);

/** Describes in one sentence how far the rollback of a completed action has come. */
export const rollbackWords = (
  { status, reasons, temporary }: Pick<Rollback, 'status' | 'reasons' | 'temporary'>,
  state: Action['state'],
): string => {
  const why = reasons.map(({ detail }) => detail).join('; ');
  switch (status) {
    case 'prepared':
      return 'Somebody previewed the rollback; nobody has approved it.';
    case 'approved':
    case 'judged':
      return temporary
        ? 'The time of the temporary change is over; nothing was sent yet.'
        : 'A person approved it; nothing was sent yet.';
    case 'started':
      return 'The rollback is running.';
    case 'refused':
      return `It was refused and nothing was sent${why === '' ? '.' : `: ${why}.`}`;
    case 'done':
      if (state === 'COMPLETED') return 'The change was temporary, and was undone at the end of its time.';
      return state === 'ROLLBACK_FAILED'
        ? 'This is its second outcome: the rollback failed, and the device is not in its earlier state.'
        : 'This is its second outcome: it had completed, and a person rolled it back.';
  }
};

export const scoreText = (score: number | null | undefined): string =>
  score === undefined || score === null ? '–' : numberText(score, 0);
