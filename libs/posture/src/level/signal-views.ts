import {
  systemTenant,
  type PostureSignalName,
  type PostureSignalView,
  type Timestamp,
} from '@interlock/contracts';
import type { PostureConfig } from '../config.js';
import {
  compareBadness,
  externalReports,
  defaultInputs,
  isTooFarAhead,
  lastOf,
  signalNames,
  signalOrigins,
  type SignalOrigin,
  type SignalReport,
  type SignalState,
} from './signals.js';

export type SignalStates = { readonly [name in PostureSignalName]?: SignalState };

export type SignalSight = {
  readonly tenant_id: string;
  /** The tenant's own signals. */
  readonly own: SignalStates;
  /** The signals of `_system`, which count for every tenant. */
  readonly system: SignalStates;
  readonly config: PostureConfig;
  readonly now: Timestamp;
};

type Reported = SignalReport & {
  readonly owner: string;
  readonly origin: SignalOrigin;
  readonly stale: boolean;
  readonly age_s: number;
};

/**
 * The tenants that report a signal for this tenant: itself, and `_system`, which counts for all.
 */
const ownersOf = (
  name: PostureSignalName,
  { tenant_id, own, system }: SignalSight,
): readonly (readonly [string, SignalState])[] => {
  const owners: readonly (readonly [string, SignalState | undefined])[] =
    tenant_id === systemTenant
      ? [[systemTenant, system[name] ?? own[name]]]
      : [
          [tenant_id, own[name]],
          [systemTenant, system[name]],
        ];
  return owners.flatMap(([owner, state]) => (state === undefined ? [] : [[owner, state] as const]));
};

const later = (a: Timestamp, b: Timestamp): Timestamp => (Date.parse(a) >= Date.parse(b) ? a : b);

/**
 * Interlock measures all tenants in one round and records only changes. The report of `_system` is
 * recorded in every round. It confirms that the reports of all other tenants still hold.
 */
const holdsAt = (report: SignalReport, origin: SignalOrigin, round: SignalReport | null): Timestamp =>
  origin === 'internal' && round !== null ? later(report.at, round.at) : report.at;

const reportsFrom = (state: SignalState, origin: SignalOrigin): readonly SignalReport[] => {
  if (origin !== 'internal') return externalReports(state);
  const last = lastOf(state, origin);
  return last === null ? [] : [last];
};

const reportsOf = (name: PostureSignalName, sight: SignalSight): readonly Reported[] => {
  const { config, now, system } = sight;
  const source = config.sources?.[name];
  const maxAge = config.max_age_s[name];
  const round = system[name]?.internal ?? null;
  const nowMs = Date.parse(now);
  const found: Reported[] = [];
  for (const [owner, state] of ownersOf(name, sight))
    for (const origin of signalOrigins) {
      if (source !== undefined && source !== 'both' && source !== origin) continue;
      const seen = reportsFrom(state, origin).map((report): Reported => {
        const at = holdsAt(report, origin, round);
        const atMs = Date.parse(at);
        const age_s = Math.max(0, (nowMs - atMs) / 1000);
        const stale = (maxAge !== null && age_s > maxAge) || isTooFarAhead(atMs, nowMs);
        return { ...report, at, owner, origin, age_s, stale };
      });
      found.push(...standing(name, seen));
    }
  return found;
};

/** The worst fresh report of several credentials; the newest one if none is fresh. */
const standing = (name: PostureSignalName, reports: readonly Reported[]): readonly Reported[] => {
  if (reports.length <= 1) return reports;
  const fresh = reports.filter(({ stale }) => !stale);
  return (fresh.length === 0 ? reports : fresh.sort((a, b) => compareBadness(name, b.value, a.value))).slice(
    0,
    1,
  );
};

const sourceOf = ({ owner, source }: Reported): string =>
  owner === systemTenant ? `${systemTenant}:${source}` : source;

/**
 * The worse report counts. The signal is stale if any report is, because a dead sensor may hide a
 * problem.
 */
const viewOf = (
  name: PostureSignalName,
  reports: readonly Reported[],
  config: PostureConfig,
): PostureSignalView => {
  const max_age_s = config.max_age_s[name];
  const worst =
    reports.length <= 1 ? reports[0] : reports.toSorted((a, b) => compareBadness(name, b.value, a.value))[0];
  if (worst === undefined)
    return {
      value: defaultInputs[name],
      at: null,
      source: 'default',
      status: 'defaulted',
      max_age_s,
      age_s: null,
    };
  const unwitnessed = reports.some((report) => report.unwitnessed === true)
    ? ({ unwitnessed: true } as const)
    : {};
  // After a first external report another one is expected. If the log no longer has it, its sensor
  // counts as stale.
  if (config.sources?.[name] === 'both' && !reports.some(({ origin }) => origin === 'external'))
    return {
      value: worst.value,
      at: worst.at,
      source: `${sourceOf(worst)} (nothing from outside)`,
      status: 'defaulted',
      max_age_s,
      age_s: worst.age_s,
      ...unwitnessed,
    };
  const dead = reports.find(({ stale }) => stale);
  const shown = dead ?? worst;
  const source =
    dead === undefined || dead === worst ? sourceOf(worst) : `${sourceOf(worst)} (stale: ${sourceOf(dead)})`;
  return {
    value: worst.value,
    at: shown.at,
    source,
    status: dead === undefined ? 'fresh' : 'stale',
    max_age_s,
    age_s: shown.age_s,
    ...unwitnessed,
  };
};

/** Each signal as the posture of a tenant sees it now. */
export const viewsOf = (sight: SignalSight): { readonly [name in PostureSignalName]: PostureSignalView } => {
  const of = (name: PostureSignalName): PostureSignalView =>
    viewOf(name, reportsOf(name, sight), sight.config);
  return {
    trust_locked: of('trust_locked'),
    integrity_score: of('integrity_score'),
    consensus_pct: of('consensus_pct'),
    reputation_score: of('reputation_score'),
    forecast_risk: of('forecast_risk'),
    recent_responses: of('recent_responses'),
  };
};

/** The known signals of a tenant, by name, with the last refused report of each owner. */
export const refusedReports = (
  sight: SignalSight,
): readonly {
  readonly name: PostureSignalName;
  readonly tenant_id: string;
  readonly refused: NonNullable<SignalState['refused']>;
}[] =>
  signalNames.flatMap((name) =>
    ownersOf(name, sight).flatMap(([owner, { refused }]) =>
      refused === null ? [] : [{ name, tenant_id: owner, refused }],
    ),
  );
