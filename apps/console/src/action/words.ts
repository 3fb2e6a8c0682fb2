import type { Action, Gate } from '../api/queries.js';
import { numberText, plainValue, sentence } from '../format.js';

/** The pipeline's gates in their order, as the API names them, with what each looks at. */
export const pipeline: readonly { readonly gate: string; readonly name: string; readonly looks: string }[] = [
  { gate: 'kill_switch', name: 'Kill switch', looks: 'global, tenant and type' },
  { gate: 'posture', name: 'Posture', looks: 'the effective level' },
  { gate: 'autonomy_mode', name: 'Autonomy mode', looks: 'who may act by themselves' },
  { gate: 'prediction', name: 'Prediction', looks: 'what the twin expects' },
  { gate: 'policy', name: 'Policy gate', looks: 'policies and the bundle' },
  { gate: 'blast_radius', name: 'Blast radius', looks: 'how many entities it touches' },
  { gate: 'confidence', name: 'Confidence', looks: 'of the agent and of the twin' },
  { gate: 'auto_approval', name: 'Auto-approval policy', looks: 'its clauses' },
  { gate: 'budget', name: 'Budget', looks: 'what is left of today' },
];
/** What comes after the gates, by the states that have reached it. */
export const later: readonly { readonly name: string; readonly looks: string }[] = [
  { name: 'Window, approvals', looks: 'whether a person is asked' },
  { name: 'Reservation', looks: 'the site, the device and the budget' },
  { name: 'Last look', looks: 'gates 1 – 8 again, just before' },
  { name: 'Execution', looks: 'commit confirmed on the device' },
  { name: 'Validation', looks: 'the KPIs against the prediction' },
  { name: 'Confirm', looks: 'made permanent, or taken back' },
];

export const gateName = (gate: string): string =>
  pipeline.find((one) => one.gate === gate)?.name ?? sentence(gate);

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

/** Why an action is where it is, in one line. */
export const whyOf = (action: Pick<Action, 'reasons' | 'window' | 'approval'>): string =>
  [
    ...action.reasons,
    ...(action.approval?.holds ?? []).flatMap(({ reasons }) => reasons),
    ...(action.window?.holds ?? []).flatMap(({ reasons }) => reasons),
  ]
    .map(({ detail }) => detail)
    .filter((detail, at, all) => all.indexOf(detail) === at)
    .join('; ');

/** What a gate saw as name and value, its plain members only; the rest stands in the events. */
export const sawOf = ({ saw }: Pick<Gate, 'saw'>): readonly (readonly [string, string])[] =>
  Object.entries(saw)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .slice(0, 8)
    .map(([name, value]) => [name, plainValue(value, 48)] as const);

/** The end of a countdown: when, since when, and what happens then; undefined where nothing ends. */
export const deadlineOf = (
  action: Pick<Action, 'window' | 'approval' | 'accepted_at'>,
): { readonly due: string; readonly since: string | null; readonly then: string } | undefined => {
  if (action.window !== null)
    return {
      due: action.window.due_at,
      since: action.accepted_at,
      then: action.window.on_elapse === 'proceed' ? 'then it proceeds' : 'then it does not run',
    };
  if (action.approval !== null)
    return { due: action.approval.expires_at, since: action.accepted_at, then: 'then it does not run' };
  return undefined;
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

/** A path of a leaf without what every path repeats. */
export const leafName = (path: string): string =>
  path.split('/').filter(Boolean).slice(-2).join(' / ') || path;

export const scoreText = (score: number | undefined): string =>
  score === undefined ? '–' : numberText(score, 0);
