import type { LeafChange, PlanAnswer, Reason } from '@interlock/contracts';
import { short } from '@interlock/kernel';
import {
  gateNames,
  tellGate,
  wholeGate,
  type DigestParts,
  type HoldRecord,
  type RecordedGate,
} from '@interlock/rails';
import { xmlLines } from './text-lines.js';

/** A title and the lines that belong to it. */
export type StepText = { readonly title: string; readonly lines: readonly string[] };

export const reasonLines = (reasons: readonly Reason[]): readonly string[] =>
  reasons.map(({ code, detail }) => `because ${detail} (${code})`);
export const changeLines = (changes: readonly LeafChange[]): readonly string[] =>
  changes.map(({ path, before, after }) => `${path}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`);
export const holdLines = (holds: readonly HoldRecord[]): readonly string[] =>
  holds.flatMap(({ gate, hold, reasons }) => [
    `gate ${gate} asks for ${hold === 'window' ? 'a window' : 'an approval'}`,
    ...reasonLines(reasons),
  ]);
export const digestLines = (
  digest: string,
  { action, risk_score, diff, leaves, policies, holds }: DigestParts,
): readonly string[] => [
  `digest ${digest}`,
  `over action ${short(action)}, risk ${risk_score}, diff ${short(diff)}, leaves ${short(leaves)}, policies ${short(policies)}${holds === undefined ? '' : `, holds ${short(holds)}`}`,
];

/** Describes what the device itself showed beside the plan; empty if it was not asked. */
const deviceDiffLines = ({
  device_id,
  device_diff: shown,
}: Pick<PlanAnswer, 'device_id' | 'device_diff'>): readonly string[] =>
  shown === undefined
    ? []
    : shown.changes === null
      ? [`device ${device_id} shows no difference of its own: ${shown.why ?? ''}`]
      : [`device ${device_id} shows as its own difference:`, ...changeLines(shown.changes)];

/** Describes the plan that was looked at, with its payloads if no other event contains them. */
export const planLines = (plan: PlanAnswer | null, payloads: boolean): readonly string[] => {
  if (plan === null) return ['no handler, so no plan'];
  return [
    `plan ${plan.plan_hash}`,
    `device ${plan.device_id ?? 'none'}, site ${plan.site_id ?? 'none'}, profile ${plan.profile ?? 'none'}, ${plan.reversible ? 'can be undone' : 'cannot be undone'}`,
    ...changeLines(plan.diff),
    ...[plan, ...(plan.parts ?? [])].flatMap(deviceDiffLines),
    ...reasonLines(plan.violations),
    ...(payloads
      ? plan.payloads.flatMap(({ device_id, operation, xml }) => [
          `${operation} for ${device_id}:`,
          ...xmlLines(xml).map((line) => `  ${line}`),
        ])
      : []),
  ];
};

/** Describes one gate: its verdict, its reasons, and its inputs. */
export const gateStep = (recorded: RecordedGate): StepText => {
  const { gate, verdict, hold, reasons } = wholeGate(recorded);
  return {
    title: `gate ${gateNames.indexOf(gate) + 1} ${gate}: ${verdict}${hold === null ? '' : `, asks for ${hold === 'window' ? 'a window' : 'an approval'}`}`,
    lines: [...reasonLines(reasons), ...tellGate(wholeGate(recorded))],
  };
};
