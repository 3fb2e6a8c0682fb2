import { parseStream } from '@interlock/contracts';
import { positionText } from '@interlock/kernel';
import {
  afterActivation,
  afterPromotion,
  afterRollback,
  bypassIn,
  defaultRolloutSettings,
  holdIn,
  noStandings,
  ofCanary,
  scheduleIn,
  withPage,
  type ActiveBundle,
  type CanaryBundle,
  type PolicyBypass,
  type RolloutEvent,
  type RolloutSettings,
} from '@interlock/policy';
import type { ProjectedEvent, RowFold } from '@interlock/postgres';

/**
 * The data of a rollout that the API shows and the gates use: the deciding bundles, their
 * predecessors, and people's settings.
 */
type Shown = {
  active: ActiveBundle | null;
  canary: CanaryBundle | null;
  /** The bundles that were active before, the latest last. */
  superseded: readonly ActiveBundle[];
  rolled_back: readonly string[];
  withdrawn: boolean;
  bypass: PolicyBypass | null;
  /** Null if none were set. Then the defaults of the running release apply. */
  settings: RolloutSettings | null;
  /** The bundle and the incident of each page, so that nobody is paged twice for the same one. */
  paged: readonly string[];
};
/** A row of the read model. `busy` says that something of the rollout may become due. */
export type RolloutsTable = Shown & {
  tenant_id: string;
  scope: string;
  busy: boolean;
  revision: string;
  position: string;
};
/** A rollout from the read model, with the settings in force. */
export type ShownRollout = Readonly<Omit<Shown, 'settings'>> & { readonly settings: RolloutSettings };

const begun: Shown = { ...noStandings, bypass: null, settings: null, paged: [] };

/** Returns a handler of an event. The first event creates the row. */
const changes =
  <Event extends RolloutEvent>(by: (row: Shown, event: ProjectedEvent<Event>) => Partial<Shown>) =>
  (before: RolloutsTable | undefined, event: ProjectedEvent<Event>): RolloutsTable | undefined => {
    const stream = parseStream(event.stream);
    if (stream === undefined) return before;
    const row: Shown = { ...begun, ...before };
    const after: Shown = { ...row, ...by(row, event) };
    return {
      ...after,
      tenant_id: stream.tenant,
      scope: stream.id,
      busy: after.canary !== null || after.bypass !== null,
      revision: `${event.revision}`,
      position: positionText(event.position),
    };
  };

/** The effect of each event on a rollout's row. */
export const rolloutFold: RowFold<RolloutsTable, RolloutEvent> = {
  BundleActivated: changes(afterActivation),
  CanaryPromoted: changes(afterPromotion),
  BundleRolledBack: changes(afterRollback),
  CanaryHeld: changes((row, event) => ofCanary(row, { held: holdIn(event) })),
  CanaryReleased: changes((row) => ofCanary(row, { held: null })),
  PromotionScheduled: changes((row, event) => ofCanary(row, { scheduled: scheduleIn(event) })),
  PromotionUnscheduled: changes((row) => ofCanary(row, { scheduled: null })),
  RolloutPaged: changes(({ paged }, { data }) => ({ paged: withPage(paged, data) })),
  PolicyBypassed: changes((_, event) => ({ bypass: bypassIn(event) })),
  PolicyBypassEnded: changes(() => ({ bypass: null })),
  RolloutConfigured: changes((_, { data: { settings } }) => ({ settings })),
};

/** Returns the data of a row. Without a row, nothing was ever rolled out. */
export const shownRollout = (row: RolloutsTable | undefined): ShownRollout => {
  const { active, canary, superseded, rolled_back, withdrawn, bypass, settings, paged } = row ?? begun;
  return {
    active,
    canary,
    superseded,
    rolled_back,
    withdrawn,
    bypass,
    settings: settings ?? defaultRolloutSettings,
    paged,
  };
};
