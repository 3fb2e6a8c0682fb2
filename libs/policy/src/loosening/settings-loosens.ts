import type { Loosened } from '@interlock/contracts';
import {
  contentHash,
  whereAdded,
  whereLooser,
  whereLowered,
  whereRaised,
  whereRemoved,
  type Loosens,
} from '@interlock/kernel';
import { adjustableChecks, type LintSettings } from '../lint/settings.js';
import { gatedRates } from '../rollout/gate-settings.js';
import type { IncidentRow, RolloutSettings } from '../rollout/settings.js';
import type { SigningState } from '../signing/exchange.js';
import type { TeamState } from '../teams/team.js';

/** Removing or changing an invariant loosens, and so does lowering the severity of a check. */
export const lintLoosens: Loosens<LintSettings> = (before, after) => {
  const hashes = new Set(after.invariants.map(({ description: _, ...meaning }) => contentHash(meaning)));
  const checks = Object.keys(adjustableChecks) as (keyof typeof adjustableChecks)[];
  return [
    ...before.invariants
      .filter(({ description: _, ...meaning }) => !hashes.has(contentHash(meaning)))
      .map(({ id }) => ({ pointer: '/invariants', detail: `\`${id}\` goes or changes` })),
    ...checks.flatMap((check) =>
      whereLooser(
        `/severities/${check}`,
        ['error', 'warning', 'info'],
        before.severities[check] ?? adjustableChecks[check],
        after.severities[check] ?? adjustableChecks[check],
      ),
    ),
  ];
};

/** Removing an algorithm loosens, because imports no longer need its signature. */
export const signingLoosens: Loosens<SigningState> = (before, after) =>
  whereRemoved('/demand', before.demand, after.demand);

type Answer = IncidentRow['then'] | 'nothing';
const strictestAnswer: readonly Answer[] = ['rollback', 'hold', 'page', 'nothing'];

const answerAt = (table: readonly IncidentRow[], age: number, rate: number): Answer =>
  table.find(({ max_age_h: most, min_error_pct: least }) => (most === null || age <= most) && rate >= least)
    ?.then ?? 'nothing';

/**
 * Returns how the incident table loosens. It is exact: it compares the answers of both tables in
 * every range of age and rate that they distinguish.
 */
const incidentsLoosened = (
  before: readonly IncidentRow[],
  after: readonly IncidentRow[],
): readonly Loosened[] => {
  const rows = [...before, ...after];
  const ages = [...new Set([...rows.flatMap(({ max_age_h: most }) => most ?? []), Infinity])];
  const rates = [...new Set(rows.map(({ min_error_pct: least }) => least))];
  const found = ages.flatMap((age) =>
    rates.flatMap((rate) =>
      whereLooser(
        '/incident_table',
        strictestAnswer,
        answerAt(before, age, rate),
        answerAt(after, age, rate),
      ).map(({ pointer, detail }) => ({
        pointer,
        detail: `${detail} from ${rate} % of errors, ${age === Infinity ? 'at any later age' : `up to ${age} h`}`,
      })),
    ),
  );
  return found.slice(0, 10);
};

const changed = (pointer: string, before: number, after: number): readonly Loosened[] =>
  before === after ? [] : [{ pointer, detail: `changes from ${before} to ${after}` }];

/**
 * A canary loosens if it is promoted earlier, on less evidence or automatically, or rolled back
 * later. The error budget and the cost bound affect both, so every change of them loosens.
 */
export const rolloutLoosens: Loosens<RolloutSettings> = (before, after) => [
  ...gatedRates.flatMap((rate) => [
    ...whereRaised(`/gates/${rate}`, before.gates[rate], after.gates[rate]),
    ...whereRaised(`/critical/${rate}`, before.critical[rate], after.critical[rate]),
  ]),
  ...whereLowered('/gates/decisions', before.gates.decisions, after.gates.decisions),
  ...whereRaised('/critical/decisions', before.critical.decisions, after.critical.decisions),
  ...changed('/error_budget_pct', before.error_budget_pct, after.error_budget_pct),
  ...changed('/cost_bound', before.cost_bound, after.cost_bound),
  ...whereLowered('/sample_ratio_budget_pct', before.sample_ratio_budget_pct, after.sample_ratio_budget_pct),
  ...whereLowered('/dwell_h', before.dwell_h, after.dwell_h),
  ...(!before.auto_promote && after.auto_promote
    ? [{ pointer: '/auto_promote', detail: 'promotes without a person' }]
    : []),
  ...whereRaised('/incident_min_executions', before.incident_min_executions, after.incident_min_executions),
  ...incidentsLoosened(before.incident_table, after.incident_table),
];

/**
 * A change of a team's members loosens if the team has its own bundle, because another bundle then
 * decides for these members.
 */
export const teamLoosens: Loosens<TeamState> = ({ team: before }, { team: after }) =>
  (['agents', 'accounts'] as const).flatMap((members) => [
    ...whereAdded(`/${members}`, before?.[members] ?? [], after?.[members] ?? []),
    ...whereRemoved(`/${members}`, before?.[members] ?? [], after?.[members] ?? []),
  ]);
