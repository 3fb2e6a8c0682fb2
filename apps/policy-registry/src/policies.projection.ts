import { actorKey, parseStream } from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import type { PolicyCreated, PolicyStatusChanged, PolicyV1, PolicyVersioned } from '@interlock/policy';
import { defineProjection } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import { policiesTables } from './migrations/0001-policies.js';

type PoliciesTable = {
  tenant_id: string; policy_id: string; status: string; detail: string | PolicyV1; created_at: string | Date; created_by: string;
  updated_at: string | Date; updated_by: string; revision: string; position: string;
};
type PolicyVersionsTable = {
  tenant_id: string; policy_id: string; version: number; detail: string | PolicyV1; changed: string | readonly string[]; restored_version: number | null; made_at: string | Date; made_by: string;
};
export type PoliciesDatabase = { policies: PoliciesTable; policy_versions: PolicyVersionsTable };

const onVersion = async (event: RecordedEvent, db: Transaction<PoliciesDatabase>, change: { readonly changed: readonly string[]; readonly restored: number | null }): Promise<void> => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return;
  const { policy } = event.data as { readonly policy: PolicyV1 };
  const by = actorKey(event.metadata.actor);
  const at = event.metadata.occurred_at;
  const changing = { status: policy.status, detail: JSON.stringify(policy), updated_at: at, updated_by: by, revision: `${event.revision}`, position: positionText(event.position) };
  await db.insertInto('policies').values({ tenant_id: stream.tenant, policy_id: policy.policy_id, created_at: at, created_by: by, ...changing })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'policy_id']).doUpdateSet(changing)).execute();
  await db.insertInto('policy_versions').values({
    tenant_id: stream.tenant, policy_id: policy.policy_id, version: policy.version, detail: JSON.stringify(policy), changed: JSON.stringify(change.changed), restored_version: change.restored, made_at: at, made_by: by,
  }).onConflict((conflict) => conflict.columns(['tenant_id', 'policy_id', 'version']).doNothing()).execute();
};

/** Guardrail policies with all their versions. */
export const policiesProjection = defineProjection<PoliciesDatabase>({
  name: 'policies', version: 1, prefixes: ['policy-'], migrations: [policiesTables],
  handlers: {
    PolicyCreated: (event, db) => onVersion(event as RecordedEvent & PolicyCreated, db, { changed: [], restored: null }),
    PolicyVersioned: (event, db) => {
      const { changed, restored_version: restored } = (event as RecordedEvent & PolicyVersioned).data;
      return onVersion(event, db, { changed, restored });
    },
    PolicyStatusChanged: (event, db) => onVersion(event as RecordedEvent & PolicyStatusChanged, db, { changed: ['status'], restored: null }),
  },
});
