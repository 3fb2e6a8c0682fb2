import type { Reason } from '@interlock/contracts';
import { autoApprovalGate } from './auto-approval.js';
import { autonomyModeGate } from './autonomy-mode.js';
import { blastRadiusGate } from './blast-radius.js';
import { budgetGate } from './budget.js';
import { confidenceGate } from './confidence.js';
import type { Gate, Judgement } from './gate.js';
import { killSwitchGate } from './kill-switch.js';
import { policyGate } from './policy.js';
import { postureGate } from './posture.js';
import { predictionGate } from './prediction.js';

/** The gates in order. Names, looks and refusals all come from this table. */
const table = {
  kill_switch: killSwitchGate,
  posture: postureGate,
  autonomy_mode: autonomyModeGate,
  prediction: predictionGate,
  policy: policyGate,
  blast_radius: blastRadiusGate,
  confidence: confidenceGate,
  auto_approval: autoApprovalGate,
  budget: budgetGate,
} as const;
type Table = typeof table;

export type GateName = keyof Table;
/** The answer that each gate gets. */
export type GateAnswer = { readonly [G in GateName]: Parameters<Table[G]['see']>[0] };
/** The look of each gate: enough data to judge it again from the event alone. */
export type GateSight = { readonly [G in GateName]: Parameters<Table[G]['judge']>[0] };

/** The gates by name. */
export const gates: {
  readonly [G in GateName]: Gate<GateAnswer[G], GateSight[G]>;
} = table;

const keysOf = <T extends object>(of: T): readonly Extract<keyof T, string>[] => {
  const keys: Extract<keyof T, string>[] = [];
  for (const key in of) keys.push(key);
  return keys;
};
/** The names of the gates, in order. */
export const gateNames: readonly GateName[] = keysOf(table);

/** A gate that only looks. The budget's gate also consumes, so it comes last, and only once. */
export type LookedAtGate = Exclude<GateName, 'budget'>;
/** The gates that only look, in order. Each last look judges all of them again. */
export const lookedAtGates: readonly LookedAtGate[] = gateNames.filter((gate) => gate !== 'budget');

/** One look at a gate that succeeded. */
export type SeenGate<G extends GateName = GateName> = {
  [N in G]: {
    readonly gate: N;
    readonly saw: GateSight[N];
    /** The reasons of the answer, if the gate uses these. */
    readonly reasons?: readonly Reason[];
  };
}[G];
/** One look at a gate: what was seen, or the error that looking threw. */
export type Look = SeenGate | { readonly gate: GateName; readonly threw: string };

/** A gate that was judged, with what it saw. */
export type JudgedGate<G extends GateName = GateName> = {
  [N in G]: Judgement & { readonly gate: N; readonly saw: GateSight[N] };
}[G];
type NothingSeen = { readonly [name: string]: never };
/** A gate whose look threw and saw nothing, or whose look could not be judged. */
type FaultyGate<G extends GateName = GateName> = {
  [N in G]: {
    readonly gate: N;
    readonly verdict: 'error';
    readonly hold: null;
    readonly reasons: Judgement['reasons'];
    readonly saw: GateSight[N] | NothingSeen;
    /** The error that looking threw, if it did. */
    readonly threw?: string;
  };
}[G];
/** A gate after its look: what it saw, and the judgement. */
export type GateRecord<G extends GateName = GateName> = { [N in G]: JudgedGate<N> | FaultyGate<N> }[G];
type Sparse<T> = T extends Judgement | FaultyGate
  ? Omit<T, 'hold' | 'reasons'> & {
      readonly hold?: Exclude<T['hold'], null>;
      readonly reasons?: T['reasons'];
    }
  : never;
/** A gate in the form that events contain. Hold and reasons are present only if it has some. */
export type RecordedGate<G extends GateName = GateName> = { [N in G]: Sparse<GateRecord<N>> }[G];
