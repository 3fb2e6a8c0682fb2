import type { Erasure, PeopleTable, PersonRow } from './table.js';

/** The table's in-memory twin, for tests. */
export const inMemoryPeopleTable = (): PeopleTable => {
  const rows = new Map<string, PersonRow>();
  const erasures = new Map<string, Erasure>();
  const among = (tenantId: string): readonly PersonRow[] =>
    [...rows.values()].filter((row) => row.tenant_id === tenantId);
  const find = (tenantId: string, macs: readonly Buffer[]): PersonRow | undefined =>
    among(tenantId).find((row) => macs.some((mac) => mac.equals(row.subject_mac)));
  const namesake = (tenantId: string, macs: readonly Buffer[]): string | undefined =>
    among(tenantId).find(
      ({ name_macs: own }) => own?.some((one) => macs.some((mac) => mac.equals(one))) === true,
    )?.namesake_id;
  const keyOf = (tenantId: string, personId: string): string => `${tenantId}\n${personId}`;
  return {
    prepare: () => Promise.resolve(),
    keyIds: () => Promise.resolve([...new Set([...rows.values()].map((row) => row.key_id))]),
    newest: (limit) => Promise.resolve([...rows.values()].reverse().slice(0, limit)),
    bySubject: (tenantId, macs) => Promise.resolve(find(tenantId, macs)),
    byIds: (tenantId, ids) => Promise.resolve(among(tenantId).filter((row) => ids.includes(row.person_id))),
    add: (row, macs, nameMacs) => {
      const present = find(row.tenant_id, macs) ?? {
        ...row,
        namesake_id: namesake(row.tenant_id, nameMacs) ?? row.namesake_id,
      };
      rows.set(keyOf(present.tenant_id, present.person_id), present);
      return Promise.resolve(present);
    },
    unnamed: () => Promise.resolve([]),
    name: () => Promise.resolve(),
    page: (tenantId, after, limit) =>
      Promise.resolve(
        among(tenantId)
          .filter((row) => after === null || row.person_id > after)
          .sort((a, b) => (a.person_id < b.person_id ? -1 : 1))
          .slice(0, limit),
      ),
    erase: (tenantId, personId, by, at) => {
      const there = rows.delete(keyOf(tenantId, personId));
      if (there)
        erasures.set(keyOf(tenantId, personId), {
          tenant_id: tenantId,
          person_id: personId,
          erased_by: by,
          erased_at: at,
        });
      return Promise.resolve(there);
    },
    unsettled: () => Promise.resolve([...erasures.values()]),
    settle: (tenantId, personId) => {
      erasures.delete(keyOf(tenantId, personId));
      return Promise.resolve();
    },
  };
};
