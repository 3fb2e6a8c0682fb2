import type { Schema } from '@interlock/api-types';
import { durationText } from '../output/times.js';
import type { Report, ReportSection } from '@interlock/notify';
import { endStatesOf, share, signedState, span, sum } from './figures.js';

/** The API's answers from which the report is made. */
export type StatusSources = {
  readonly installation: string;
  readonly tenant: string;
  readonly version: string;
  readonly status: Schema<'RailsStatusDto'>;
  readonly types: Schema<'ActionTypesDto'>;
  readonly earned: Schema<'EarnedPageDto'>;
  readonly calibration: Schema<'CalibrationDto'>;
  readonly switches: Schema<'KillSwitchUsesDto'>;
  readonly hours: Schema<'OutcomeHoursDto'>;
  readonly approvals: Schema<'ApprovalFiguresDto'>;
  readonly incidents: Schema<'IncidentPageDto'>;
  readonly posture: Schema<'PostureAssessmentDto'>;
  readonly operational: Schema<'OperationalDto'>;
  readonly limits: Schema<'LimitsDto'>;
  readonly checkpoints: Schema<'CheckpointPage'>;
};

/**
 * The stages of a roadmap, by the mode in which an action type runs
 * (docs/AUTONOMY_STATUS_REPORT.md).
 */
type Stage = 'PoC' | 'Pilot' | 'Production';
const stageOf = (cells: readonly Schema<'EarnedCellDto'>[]): Stage => {
  if (cells.some(({ mode }) => mode === 'AUTO_EXECUTE')) return 'Production';
  return cells.some(({ mode, figures: { good, bad } }) => mode === 'APPROVAL_REQUIRED' && good + bad > 0)
    ? 'Pilot'
    : 'PoC';
};

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');
const deployment = ({ status, posture, operational, incidents }: StatusSources): ReportSection => ({
  heading: 'Current state',
  text: 'What holds at the time of the report.',
  table: {
    head: ['what', 'value'],
    rows: [
      ['kill switch', status.kill_switch.engaged ? 'ENGAGED' : 'not engaged'],
      ['posture', posture.effective],
      ['executors', `${status.executor.busy} of ${status.executor.workers} workers busy`],
      ['open incidents', `${incidents.items.length}${incidents.next === null ? '' : ' or more'}`],
      ['figures of safe operation', operational.safe ? 'all within their limits' : 'outside their limits'],
      ...Object.entries(status.actions).map(([state, count]) => [`actions ${state}`, `${count}`]),
    ],
  },
});

const maturity = ({ types, earned }: StatusSources): ReportSection => ({
  heading: 'Capability maturity per action type',
  text: 'PoC: only proposed, or never run. Pilot: runs, each time after a person has approved. Production: runs by itself for at least one account. The lower bound is the 95 % bound of the chance of success, valid at every look.',
  none: 'No action type is registered.',
  table: {
    head: ['action type', 'stage', 'reversible', 'good', 'bad', 'lower bound', 'target'],
    rows: types.items.map(({ action_type: type, reversible, read_only: readOnly }) => {
      const cells = earned.items.filter(({ action_type: one }) => one === type);
      const figures = cells.map((cell) => cell.figures);
      return [
        type,
        stageOf(cells),
        readOnly ? 'reads only' : yesNo(reversible),
        `${sum(figures.map(({ good }) => good))}`,
        `${sum(figures.map(({ bad }) => bad))}`,
        figures.length === 0 ? 'none' : share(Math.min(...figures.map((one) => one.lower_bound))),
        figures.length === 0 ? 'none' : share(Math.max(...figures.map((one) => one.target))),
      ];
    }),
  },
});

const outcomes = ({ hours }: StatusSources): ReportSection => {
  const states = endStatesOf(hours.items);
  const totals = states.map((state) => sum(hours.items.map(({ counts }) => counts[state] ?? 0)));
  const total = sum(totals);
  return {
    heading: 'Outcomes of the last seven days',
    text: 'Actions that ended, by the state in which they ended. Dry runs are left out.',
    none: 'No action ended in the last seven days.',
    table: {
      head: ['state', 'actions', 'share'],
      rows:
        total === 0
          ? []
          : states.map((state, i) => [state, `${totals[i] ?? 0}`, share((totals[i] ?? 0) / total)]),
    },
  };
};

const mitigation = ({ switches, approvals, limits, operational }: StatusSources): ReportSection => {
  const stops = switches.items.flatMap(({ time_to_stop_ms: ms }) => (ms === null ? [] : [ms]));
  const figure = (name: string, { value, below }: Schema<'OperationalFigureDto'>): readonly string[] => [
    name,
    `${value}`,
    `below ${below}`,
  ];
  return {
    heading: 'Risk mitigation and SLA targets',
    text: 'Measured values beside the targets that are configured in this installation.',
    table: {
      head: ['what', 'measured', 'target'],
      rows: [
        [
          'longest time to stop, by kill switches and drills',
          stops.length === 0 ? 'never used' : span(Math.max(...stops)),
          'set by the operator',
        ],
        [
          'kill switch drills',
          `${switches.items.filter(({ drill }) => drill).length}`,
          'set by the operator',
        ],
        [
          'median time to an approval',
          span(approvals.turnaround_median_ms),
          `escalated after ${durationText(limits.approval_escalation_s * 1000)}`,
        ],
        [
          '95th percentile of the time to an approval',
          span(approvals.turnaround_p95_ms),
          `expires after ${durationText(limits.approval_expiry_s * 1000)}`,
        ],
        ['approvals within 10 s of the request', `${approvals.rubber_stamps}`, 'none'],
        ['soak before a change is confirmed', durationText(limits.soak_s * 1000), 'configured'],
        ['entities that one action may affect', `${limits.blast_radius_limit}`, 'configured'],
        ['entities that all actions may affect in an hour', `${limits.blast_radius_1h}`, 'configured'],
        figure('posture changes in 24 h', operational.policy_flips_24h),
        figure('brake engagements in a week', operational.brake_engagements_week),
        figure('blocked responses in percent', operational.blocked_share_pct),
        figure('manual unlocks in percent of the limit', operational.manual_unlocks_of_limit_pct),
      ],
    },
  };
};

const prediction = ({ calibration }: StatusSources): ReportSection => ({
  heading: 'Accuracy of the digital twin',
  text: `Predictions compared with what was observed. An interval is meant to hold ${share(calibration.nominal_coverage)} of the outcomes. A Brier score of 0 is perfect. The twin loses its vote on an action type with more than ${share(1 - calibration.least_coverage)} of the last 200 outcomes outside.`,
  none: 'No prediction has an observed outcome yet.',
  table: {
    head: ['action type', 'outcomes', 'held by the interval', 'Brier score', 'vote'],
    rows: calibration.items.map(({ action_type: type, outcomes: count, coverage, brier, has_vote: vote }) => [
      type,
      `${count}`,
      share(coverage),
      brier === null ? 'none' : brier.toFixed(3),
      vote ? 'has it' : 'lost: a person decides',
    ]),
  },
});

/** Returns the autonomy status report of a tenant, from answers of the API. */
export const statusReport = (sources: StatusSources): Report => ({
  title: `Autonomy status of ${sources.tenant}`,
  text: `Made by interlock ${sources.version} from ${sources.installation} at ${sources.status.server_time}.`,
  sections: [
    signedState(sources.checkpoints),
    deployment(sources),
    maturity(sources),
    outcomes(sources),
    mitigation(sources),
    prediction(sources),
  ],
});
