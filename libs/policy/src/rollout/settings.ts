import {
  amountOf,
  compareAmounts,
  comparePercent,
  ratioOf,
  refuseViolations,
  times,
} from '@interlock/kernel';
import type { Violation } from '@interlock/contracts';
import { checkGateSettings, defaultGateSettings, type GateSettings } from './gate-settings.js';

const incidentAnswers = ['rollback', 'hold', 'page'] as const;
/**
 * One row of the incident table. It fits a bundle of up to this age (hours; null: any age) whose
 * executions fail at this rate at least (per cent).
 */
export type IncidentRow = {
  readonly max_age_h: number | null;
  readonly min_error_pct: number;
  readonly then: (typeof incidentAnswers)[number];
};

/** The rollout settings of a tenant (or team), including its gate settings. */
export type RolloutSettings = GateSettings & {
  /** The minimum duration of a stage, in hours. */
  readonly dwell_h: number;
  /** Whether the canary is promoted automatically, on evidence, at the end of the dwell. */
  readonly auto_promote: boolean;
  /** The effect of an open incident on its bundle. The first row that fits applies. */
  readonly incident_table: readonly IncidentRow[];
  /**
   * The minimum number of ended executions for an error rate of the incident table; below it the
   * rate counts as 0.
   */
  readonly incident_min_executions: number;
};

export const defaultRolloutSettings: RolloutSettings = {
  ...defaultGateSettings,
  dwell_h: 24,
  auto_promote: false,
  incident_table: [
    { max_age_h: 24, min_error_pct: 10, then: 'rollback' },
    { max_age_h: 24, min_error_pct: 5, then: 'hold' },
    { max_age_h: 168, min_error_pct: 10, then: 'rollback' },
    { max_age_h: null, min_error_pct: 5, then: 'page' },
  ],
  incident_min_executions: 20,
};

const inRange = (value: unknown, min: number, max: number, whole = false): boolean =>
  typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value));
const object = (value: unknown): { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [name: string]: unknown })
    : {};

/** Returns the faults of settings; unknown members are refused. */
export const settingsViolations = (given: unknown): readonly Violation[] => {
  const found: Violation[] = [];
  const need = (holds: boolean, pointer: string, detail: string): void => {
    if (!holds) found.push({ pointer, code: 'range', detail });
  };
  const only = (value: object, names: readonly string[], pointer: string): void => {
    for (const name of Object.keys(value)) need(names.includes(name), `${pointer}/${name}`, 'is not known');
  };
  const settings = object(given);
  only(settings, Object.keys(defaultRolloutSettings), '');
  for (const side of ['gates', 'critical'] as const)
    only(object(settings[side]), Object.keys(defaultRolloutSettings[side]), `/${side}`);
  need(inRange(settings['dwell_h'], 0, 8760), '/dwell_h', 'must be a number from 0 to 8760');
  need(typeof settings['auto_promote'] === 'boolean', '/auto_promote', 'must be true or false');
  need(
    inRange(settings['incident_min_executions'], 1, 1_000_000, true),
    '/incident_min_executions',
    'must be a whole number from 1 to 1000000',
  );
  const { incident_table: table } = settings;
  need(Array.isArray(table) && table.length <= 50, '/incident_table', 'must be a list of at most 50 rows');
  for (const [i, row] of (Array.isArray(table) ? table.slice(0, 50) : []).map(object).entries()) {
    only(row, ['max_age_h', 'min_error_pct', 'then'], `/incident_table/${i}`);
    need(
      row['max_age_h'] === null || inRange(row['max_age_h'], 0, 87_600),
      `/incident_table/${i}/max_age_h`,
      'must be null or a number from 0 to 87600',
    );
    need(
      inRange(row['min_error_pct'], 0, 100),
      `/incident_table/${i}/min_error_pct`,
      'must be a number from 0 to 100',
    );
    need(
      (incidentAnswers as readonly unknown[]).includes(row['then']),
      `/incident_table/${i}/then`,
      `must be one of ${incidentAnswers.join(', ')}`,
    );
  }
  return found;
};

/** Throws `validation-failed`. */
export const refuseSettings = (settings: RolloutSettings): void => {
  refuseViolations(settingsViolations(settings), 'the settings');
  checkGateSettings(settings);
};

const hourMs = 3_600_000;

/**
 * Returns the incident table's answer for a bundle of this age with these executions; null if no
 * row fits. A row also fits at exactly its age and at exactly its rate.
 */
export const incidentAnswer = (
  settings: RolloutSettings,
  ageMs: number,
  executions: number,
  errors: number,
): IncidentRow['then'] | null => {
  const rate = executions >= settings.incident_min_executions ? ratioOf(errors, executions) : ratioOf(0, 0);
  if (rate === null) return null;
  const young = (maxAgeH: number): boolean =>
    compareAmounts(amountOf(ageMs), times(amountOf(maxAgeH), hourMs)) <= 0;
  return (
    settings.incident_table.find(
      (row) =>
        (row.max_age_h === null || young(row.max_age_h)) && comparePercent(rate, row.min_error_pct) >= 0,
    )?.then ?? null
  );
};
