import type { JsonValue, LeafChange, PlanAnswer, Reason } from '@interlock/contracts';
import {
  blastRadiusOf,
  gateNames,
  type DigestParts,
  type GateName,
  type GateRecord,
  type GateSaw,
  type HoldRecord,
} from '@interlock/rails';
import { short, shown, xmlLines } from './text-lines.js';

/** One thing that is told, and what belongs to it. */
export type Told = { readonly title: string; readonly lines: readonly string[] };

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

/** A plan as it was looked at; with its payloads where nobody else tells them. */
export const planLines = (plan: PlanAnswer | null, payloads: boolean): readonly string[] => {
  if (plan === null) return ['no handler, so no plan'];
  return [
    `plan ${plan.plan_hash}`,
    `device ${plan.device_id ?? 'none'}, site ${plan.site_id ?? 'none'}, profile ${plan.profile ?? 'none'}, ${plan.reversible ? 'can be undone' : 'cannot be undone'}`,
    ...changeLines(plan.diff),
    ...reasonLines(plan.violations),
    ...(payloads
      ? plan.payloads.flatMap(({ device_id, operation, xml }) => [
          `${operation} for ${device_id}:`,
          ...xmlLines(xml).map((line) => `  ${line}`),
        ])
      : []),
  ];
};

const interval = ([low, high]: readonly [number, number]): string => `${low} to ${high}`;

const sawLines: { readonly [G in GateName]: (saw: GateSaw[G]) => readonly string[] } = {
  kill_switch: ({ switches }) =>
    switches.map(
      ({ stream, revision, engaged }) =>
        `${stream} at revision ${revision}: ${engaged ? 'engaged' : 'not engaged'}`,
    ),
  posture: ({ answer }) => [
    `effective ${answer.effective}, by the signals ${answer.policy}, at position ${answer.version}`,
    ...Object.entries(answer.signals ?? {}).map(
      ([name, { value, status, source, at }]) =>
        `${name} = ${shown(value)} (${status}, ${source}${at === null ? '' : `, ${at}`})`,
    ),
  ],
  autonomy_mode: ({ answer }) => [`${answer.explanation}, at position ${answer.version}`],
  prediction: ({ answer }) => [
    `risk ${answer.risk_score} (${answer.risk_level}), impact ${answer.impact_delta} in ${interval(answer.confidence_interval)}, confidence ${answer.confidence}, by ${answer.basis}`,
    ...(answer.explanation === '' ? [] : [answer.explanation]),
    `decision memory at position ${answer.memory_version}, asked at ${answer.made_at}`,
    ...Object.entries(answer.interval_by_kpi).map(
      ([kpi, range]) => `${kpi}: ${answer.impact_by_kpi[kpi] ?? 'nothing'} in ${interval(range)}`,
    ),
    ...answer.traces.map(
      ({ trace_id, weight, similarity, age_h, impact_delta, harmed }) =>
        `trace ${trace_id}: weight ${weight}, similarity ${similarity}, ${age_h} h old, impact ${impact_delta}${harmed ? ', did harm' : ''}`,
    ),
  ],
  policy: ({ evaluation }) => [
    `evaluation ${evaluation.evaluation_id} at position ${evaluation.position}: ${evaluation.decision}`,
    ...(evaluation.explanation === '' ? [] : [evaluation.explanation]),
    ...evaluation.policies.matched.map(
      ({ policy_id, version, decision, content_hash }) =>
        `policy ${policy_id} version ${version}: ${decision} (${short(content_hash)})`,
    ),
    `bundle ${evaluation.bundle.bundle_version ?? 'none'} (${evaluation.bundle.variant}, ${short(evaluation.bundle.bundle_hash)}): ${evaluation.bundle.decision}${evaluation.bundle.rule_id === null ? '' : `, rule ${evaluation.bundle.rule_id}${(evaluation.bundle.reason ?? '') === '' ? '' : `: ${evaluation.bundle.reason}`}`}`,
    ...(evaluation.matched_rules.length === 0
      ? []
      : [`rules that matched: ${evaluation.matched_rules.join(', ')}`]),
    ...evaluation.near_misses.map(
      (miss) => `near miss: ${nearMiss(miss as unknown as { readonly [name: string]: JsonValue })}`,
    ),
    ...(evaluation.unknown_fields.length === 0
      ? []
      : [`unknown fields: ${evaluation.unknown_fields.join(', ')}`]),
  ],
  blast_radius: (saw) => [
    `${blastRadiusOf(saw)} affected (${saw.affected_entity_count} by the intent, ${saw.estimate?.affected_entity_count ?? 'nothing'} by the topology), limit ${saw.policies_limit ?? saw.default_limit}`,
  ],
  confidence: (saw) => [
    `intent ${saw.intent_confidence}, twin ${saw.prediction_confidence}; thresholds: tenant ${saw.tenant_threshold} at risk ${saw.risk_level}, action type ${saw.action_type_threshold ?? 'none'}, policies ${saw.policies_threshold ?? 'none'}`,
  ],
  auto_approval: ({ answer }) => [
    `${answer.decision}: ${answer.explanation}${answer.policy_clause === undefined ? '' : ` (${answer.policy_clause})`}, settings ${answer.version}`,
  ],
  budget: (saw) =>
    'skipped' in saw
      ? [saw.skipped === 'dry-run' ? 'not asked: a dry run uses nothing' : 'not asked: a person decides']
      : [saw.answer.explanation, `day ${saw.answer.day}, revision ${saw.answer.revision}`],
};

const nearMiss = ({
  rule_id: rule,
  effect,
  policy_id: policy,
  decision,
  field,
  op,
  value,
  actual,
}: {
  readonly [name: string]: JsonValue;
}): string =>
  `${rule === undefined ? `policy ${shown(policy)} (${shown(decision)})` : `rule ${shown(rule)} (${shown(effect)})`} wants ${shown(field)} ${shown(op)} ${shown(value)}, it is ${shown(actual)}`;

/** One gate: its verdict, why, and what it looked at. */
export const gateTold = (record: GateRecord): Told => ({
  title: `gate ${gateNames.indexOf(record.gate) + 1} ${record.gate}: ${record.verdict}${record.hold === null ? '' : `, asks for ${record.hold === 'window' ? 'a window' : 'an approval'}`}`,
  lines: [
    ...reasonLines(record.reasons),
    ...(Object.keys(record.saw).length === 0
      ? []
      : (sawLines[record.gate] as (saw: object) => readonly string[])(record.saw)),
  ],
});
