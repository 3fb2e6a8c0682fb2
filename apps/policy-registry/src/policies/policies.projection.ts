import { actorKey, parseStream } from '@interlock/contracts';
import { positionText } from '@interlock/kernel';
import type { PolicyEvent, PolicyV1 } from '@interlock/policy';
import { defineProjection, insertRows, perBatch, upsertRows, type ProjectedEvent } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import { policiesTables } from '../migrations/0001-policies.js';

type PoliciesTable = {
  tenant_id: string;
  policy_id: string;
  status: string;
  detail: PolicyV1;
  created_at: string | Date;
  created_by: string;
  updated_at: string | Date;
  updated_by: string;
  revision: string;
  position: string;
};
type PolicyVersionsTable = {
  tenant_id: string;
  policy_id: string;
  version: number;
  detail: PolicyV1;
  changed: readonly string[];
  restored_version: number | null;
  made_at: string | Date;
  made_by: string;
};
export type PoliciesDatabase = { policies: PoliciesTable; policy_versions: PolicyVersionsTable };

const batch = perBatch<
  PoliciesDatabase,
  { readonly policies: Map<string, PoliciesTable>; readonly versions: PolicyVersionsTable[] }
>(() => ({ policies: new Map(), versions: [] }));

const onVersion = (
  event: ProjectedEvent<PolicyEvent>,
  db: Transaction<PoliciesDatabase>,
  change: { readonly changed: readonly string[]; readonly restored: number | null },
): void => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return;
  const { policy } = event.data;
  const by = actorKey(event.metadata.actor);
  const at = event.metadata.occurred_at;
  const { policies, versions } = batch(db);
  const key = `${stream.tenant}\n${policy.policy_id}`;
  const { created_at, created_by } = policies.get(key) ?? { created_at: at, created_by: by };
  policies.set(key, {
    tenant_id: stream.tenant,
    policy_id: policy.policy_id,
    status: policy.status,
    detail: policy,
    created_at,
    created_by,
    updated_at: at,
    updated_by: by,
    revision: `${event.revision}`,
    position: positionText(event.position),
  });
  versions.push({
    tenant_id: stream.tenant,
    policy_id: policy.policy_id,
    version: policy.version,
    detail: policy,
    changed: change.changed,
    restored_version: change.restored,
    made_at: at,
    made_by: by,
  });
};

/** Guardrail policies with all their versions. */
export const policiesProjection = defineProjection<PoliciesDatabase, PolicyEvent>({
  name: 'policies',
  version: 1,
  prefixes: ['policy-'],
  migrations: [policiesTables],
  handlers: {
    PolicyCreated: (event, db) => onVersion(event, db, { changed: [], restored: null }),
    PolicyVersioned: (event, db) => {
      const { changed, restored_version: restored } = event.data;
      onVersion(event, db, { changed, restored });
    },
    PolicyStatusChanged: (event, db) => onVersion(event, db, { changed: ['status'], restored: null }),
  },
  flush: async (db) => {
    const { policies, versions } = batch(db);
    // A policy keeps the author and time of its first version.
    await upsertRows(db, 'policies', ['tenant_id', 'policy_id'], [...policies.values()], {
      updated: ['status', 'detail', 'updated_at', 'updated_by', 'revision', 'position'],
    });
    await insertRows(db, 'policy_versions', versions);
  },
});
