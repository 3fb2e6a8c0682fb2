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
 * What is shown of a rollout, and judged by: who decides, who did, and what people have said of it.
 */
type Shown = {
  active: ActiveBundle | null;
  canary: CanaryBundle | null;
  /** Those that were active before, the latest last. */
  superseded: readonly ActiveBundle[];
  rolled_back: readonly string[];
  withdrawn: boolean;
  bypass: PolicyBypass | null;
  /** Null where nobody has set any: the defaults hold, whatever they are in this release. */
  settings: RolloutSettings | null;
  /** Bundle and incident of each page, so that nobody is paged twice for the same. */
  paged: readonly string[];
};
/** A row of the read model. `busy`: something of the rollout may come due. */
export type RolloutsTable = Shown & {
  tenant_id: string;
  scope: string;
  busy: boolean;
  revision: string;
  position: string;
};
/** A rollout as the read model has it, with the settings that hold. */
export type ShownRollout = Readonly<Omit<Shown, 'settings'>> & { readonly settings: RolloutSettings };

const begun: Shown = { ...noStandings, bypass: null, settings: null, paged: [] };

/** A handler of an event: the first one makes the row. */
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

/** What each event makes of a rollout's row. */
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

/** What a row shows; where there is none, nothing was ever rolled out. */
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
