import { actorKey, type JsonObject } from '@interlock/contracts';
import { positionText } from '@interlock/kernel';
import {
  bundleApprovalIn,
  contentIn,
  type BundleApproval,
  type BundleCreated,
  type BundleEvent,
  type BundleOrigin,
  type BundleUpdated,
  type RuleV1,
  type SourceSignature,
} from '@interlock/policy';
import { iso, type ProjectedEvent, type RowFold } from '@interlock/postgres';

/** A rollback of a bundle, with its actor, time and reason. */
export type BundleRollback = {
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  readonly trigger: string;
  readonly was: string;
  readonly incident_id: string | null;
};
/** The parts of a bundle's own events that the API shows beside the columns. */
type BundleDetail = {
  readonly rules: readonly RuleV1[];
  readonly notes: string;
  readonly metadata: JsonObject;
  readonly bundle_hash: string;
  readonly created_by: string;
  readonly source: string;
  readonly source_signature: SourceSignature | null;
  readonly cloned_from: BundleOrigin | null;
  readonly approvals: readonly BundleApproval[];
};
/** A bundle's state in its rollout. */
export type BundleStanding = {
  status: string;
  active: boolean;
  canary_pct: number;
  activated_at: string | Date | null;
  activated_by: string | null;
  approval_id: string | null;
  scope: string;
  rollback: BundleRollback | null;
};
/**
 * A row of the read model. `revision` is that of the bundle's own stream, `position` that of the
 * last event of either stream.
 */
export type BundlesTable = BundleStanding & {
  tenant_id: string;
  bundle_id: string;
  version: string;
  team: string | null;
  created_at: string | Date;
  revision: string;
  position: string;
  detail: BundleDetail;
};

const begun: BundleStanding = {
  status: 'draft',
  active: false,
  canary_pct: 0,
  activated_at: null,
  activated_by: null,
  approval_id: null,
  scope: 'all',
  rollback: null,
};

const contentOf = (
  event: ProjectedEvent<BundleCreated | BundleUpdated>,
): Pick<BundleDetail, 'rules' | 'notes' | 'metadata' | 'bundle_hash'> => {
  const { version: _column, ...content } = contentIn(event);
  return { ...content, bundle_hash: event.data.bundle_hash };
};

/** Returns the position data of an event. A row has the data of its last event. */
const placeOf = ({
  revision,
  position,
}: ProjectedEvent<BundleEvent>): Pick<BundlesTable, 'revision' | 'position'> => ({
  revision: `${revision}`,
  position: positionText(position),
});

const created = (event: ProjectedEvent<BundleCreated>): BundlesTable => {
  const { bundle_id, version, source, team = null, cloned_from = null, source_signature = null } = event.data;
  const { tenant_id, actor, occurred_at } = event.metadata;
  return {
    ...begun,
    ...placeOf(event),
    tenant_id,
    bundle_id,
    version,
    team,
    created_at: occurred_at,
    detail: {
      ...contentOf(event),
      created_by: actorKey(actor),
      source,
      source_signature,
      cloned_from,
      approvals: [],
    },
  };
};

/** Returns a handler of an event that changes an existing row. */
const changes =
  <Event extends BundleEvent>(
    by: (detail: BundleDetail, event: ProjectedEvent<Event>) => Partial<BundleDetail>,
  ) =>
  (row: BundlesTable | undefined, event: ProjectedEvent<Event>): BundlesTable | undefined =>
    row === undefined
      ? undefined
      : { ...row, ...placeOf(event), detail: { ...row.detail, ...by(row.detail, event) } };

const nothing = changes(() => ({}));

/**
 * The effect of each event of a bundle's own stream on its row. A bundle keeps its version, so no
 * event changes it.
 */
export const bundleFold: RowFold<BundlesTable, BundleEvent> = {
  BundleCreated: (_, event) => created(event),
  BundleUpdated: changes((_, event) => contentOf(event)),
  BundleDeleted: () => undefined,
  FlipListMade: nothing,
  BundleApproved: changes(({ approvals }, event) => ({
    approvals: [...approvals, bundleApprovalIn(event)],
  })),
  BundleReleased: nothing,
  BundleAdopted: nothing,
};

/**
 * The parts of a bundle's own events that the API shows. Both the decider's state and a row have
 * them. A member that is absent or null does not apply.
 */
export type ShownBundle = Omit<
  BundleDetail,
  'rules' | 'notes' | 'metadata' | 'source_signature' | 'cloned_from'
> & {
  readonly bundle_id: string;
  readonly content: Pick<BundleDetail, 'rules' | 'notes' | 'metadata'> & { readonly version: string };
  readonly created_at: string;
  readonly team?: string | null;
  readonly source_signature?: SourceSignature | null;
  readonly cloned_from?: BundleOrigin | null;
};

export const shownBundle = ({ bundle_id, version, team, created_at, detail }: BundlesTable): ShownBundle => {
  const { rules, notes, metadata, ...shown } = detail;
  return {
    ...shown,
    bundle_id,
    content: { version, rules, notes, metadata },
    created_at: iso(created_at),
    team,
  };
};
