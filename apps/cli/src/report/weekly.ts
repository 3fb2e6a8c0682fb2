import type { Schema } from '@interlock/api-types';
import type { Report, ReportSection } from '@interlock/notify';
import { endStatesOf, share, signedState, span, sum } from './figures.js';

/** The API's answers from which the report is made. Lists cover at least the week. */
export type WeeklySources = {
  readonly installation: string;
  readonly tenant: string;
  readonly version: string;
  /** The start of the week; `until` is its end. RFC 3339. */
  readonly since: string;
  readonly until: string;
  readonly hours: Schema<'OutcomeHoursDto'>;
  /** The figures of the week by action type, with the verdicts by gate, and by account. */
  readonly types: Schema<'FiguresDto'>;
  readonly accounts: Schema<'FiguresDto'>;
  /** The actions that were accepted in the week, without dry runs. */
  readonly actions: readonly Schema<'ActionRowDto'>[];
  readonly approvals: Schema<'ApprovalFiguresDto'>;
  readonly analytics: Schema<'AnalyticsDto'>;
  readonly incidents: readonly Schema<'IncidentDto'>[];
  readonly switches: Schema<'KillSwitchUsesDto'>;
  readonly checkpoints: Schema<'CheckpointPage'>;
};

const days = ({ hours }: WeeklySources): ReportSection => {
  const states = endStatesOf(hours.items);
  const byDay = Map.groupBy(hours.items, ({ hour }) => hour.slice(0, 10));
  return {
    heading: 'Outcomes by day',
    text: 'Actions that ended, by day (UTC) and by the state in which they ended. Dry runs are left out.',
    none: 'No action ended in this week.',
    table: {
      head: ['day', ...states, 'in all'],
      rows:
        states.length === 0
          ? []
          : [...byDay].map(([day, items]) => {
              const counts = states.map((state) => sum(items.map(({ counts: of }) => of[state] ?? 0)));
              return [day, ...counts.map(String), `${sum(counts)}`];
            }),
    },
  };
};

/** Returns a row for each group: how many actions were accepted, and how they ended. */
const groupsOf = (heading: string, head: string, { groups, more }: Schema<'FiguresDto'>): ReportSection => ({
  heading,
  text: `Actions that were accepted in this week${more ? ', for the 50 largest groups' : ''}. Automatic: started without an answer of a person, as a share of the started ones.`,
  none: 'No action was accepted in this week.',
  table: {
    head: [head, 'accepted', 'started', 'automatic', 'completed', 'taken back', 'refused', 'open'],
    rows: groups.map(
      ({ name, accepted, started, automatic, completed, rolled_back: back, refused, ended }) => [
        name,
        ...[accepted, started].map(String),
        started === 0 ? 'none' : share(automatic / started),
        ...[completed, back, refused, accepted - ended].map(String),
      ],
    ),
  },
});

const gates = ({ types: { gates: seen } }: WeeklySources): ReportSection => ({
  heading: 'Verdicts by gate',
  text: 'The last verdict of each gate on the actions of this week.',
  none: 'No gate judged an action in this week.',
  table: {
    head: ['gate', 'pass', 'inconclusive', 'fail', 'error'],
    rows: seen.map(({ gate, verdicts: { pass, inconclusive, fail, error } }) => [
      gate,
      ...[pass, inconclusive, fail, error].map(String),
    ]),
  },
});

const reasons = ({ actions }: WeeklySources): ReportSection => ({
  heading: 'Why actions did not complete',
  text: 'The most frequent reasons of the actions that ended in another way.',
  none: 'Every action that ended was completed.',
  table: {
    head: ['reason', 'actions'],
    rows: [
      ...Map.groupBy(
        actions.filter(({ state, ended_at: ended }) => ended !== null && state !== 'COMPLETED'),
        (row) => row.reasons[0]?.code ?? row.state,
      ),
    ]
      .map(([code, rows]) => [code, rows.length] as const)
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .slice(0, 10)
      .map(([code, n]) => [code, `${n}`]),
  },
});

const people = ({ approvals }: WeeklySources): ReportSection => ({
  heading: 'Decisions of people',
  text: 'Approvals, confirmations and rejections of this week, and how long an answer took.',
  table: {
    head: ['what', 'value'],
    rows: [
      ['approved', `${approvals.approved}`],
      ['confirmed', `${approvals.confirmed}`],
      ['rejected', `${approvals.rejected}`],
      ['median time to an answer', span(approvals.turnaround_median_ms)],
      ['95th percentile', span(approvals.turnaround_p95_ms)],
      ['answers within 10 s of the request', `${approvals.rubber_stamps}`],
      ['waiting now', `${approvals.waiting}`],
    ],
  },
});

const policies = ({ analytics: { coverage, rollbacks, canaries, rules } }: WeeklySources): ReportSection => ({
  heading: 'Policies',
  text: `${coverage.governed} of ${coverage.evaluations} evaluations were governed by a policy or a rule. ${rollbacks.activated} bundles were activated and ${rollbacks.rolled_back} rolled back; ${canaries.passed} canaries passed. These rules decided most often.`,
  none: 'No rule decided in this week.',
  table: {
    head: ['bundle', 'rule', 'decisions'],
    rows: rules
      .toSorted((a, b) => b.hits - a.hits)
      .slice(0, 10)
      .map(({ bundle_version: version, rule_id: rule, hits }) => [version, rule, `${hits}`]),
  },
});

const incidentsOf = ({ incidents, since }: WeeklySources): ReportSection => ({
  heading: 'Incidents',
  text: 'Incidents that were opened in this week.',
  none: 'No incident was opened.',
  table: {
    head: ['opened at', 'severity', 'status', 'title'],
    rows: incidents
      .filter(({ opened_at: at }) => at >= since)
      .map(({ opened_at: at, severity, status, title }) => [at, severity, status, title]),
  },
});

const stops = ({ switches, since }: WeeklySources, written: boolean): ReportSection => ({
  heading: 'Kill switch',
  text: `Uses and drills of this week, with the time until nothing could start.${written ? '' : ' Their reasons are kept in Interlock, because people wrote them.'}`,
  none: 'The kill switch was not used.',
  table: {
    head: ['engaged at', 'scope', 'drill', 'time to stop', ...(written ? ['reason'] : [])],
    rows: switches.items
      .filter(({ engaged_at: at }) => at >= since)
      .map(({ engaged_at: at, scope, drill, time_to_stop_ms: ms, reason }) => [
        at,
        scope,
        drill ? 'yes' : 'no',
        span(ms),
        ...(written ? [reason] : []),
      ]),
  },
});

/**
 * Returns the report of a tenant's last seven days, from answers of the API. `written`: with the
 * texts that people wrote, which no channel sends.
 */
export const weeklyReport = (sources: WeeklySources, { written = true } = {}): Report => ({
  title: `The week of ${sources.tenant}`,
  text: `From ${sources.since} to ${sources.until}. Made by interlock ${sources.version} from ${sources.installation}.`,
  sections: [
    days(sources),
    groupsOf('Actions by type', 'action type', sources.types),
    groupsOf('Actions by account', 'account', sources.accounts),
    gates(sources),
    reasons(sources),
    people(sources),
    policies(sources),
    incidentsOf(sources),
    stops(sources, written),
    signedState(sources.checkpoints),
  ],
});
