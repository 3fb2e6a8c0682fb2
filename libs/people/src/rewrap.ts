import { setTenant, allTenants } from '@interlock/postgres';
import type { Pool } from 'pg';

import { nameMacs, subjectMac, unwrapKey, wrapKey, type MasterKeys } from './master-keys.js';
import { peopleDatabase } from './postgres-table.js';
import { openText, sealKeysOf } from './sealing.js';

/**
 * Wraps every person's key with the first master key; texts are unchanged. Afterwards, once no
 * process uses the old master key, it can be destroyed. That also destroys the keys of erased
 * people in backups and in the database's own files. Returns the number of rewrapped rows; a second
 * run changes nothing. Throws `internal-error` if a row's master key is not among the keys.
 */
export const rewrapPeople = async (pool: Pool, keys: MasterKeys): Promise<number> => {
  const [current] = keys;
  const database = peopleDatabase(pool);
  for (let rewrapped = 0; ;) {
    const batch = await database.transaction().execute(async (db) => {
      await setTenant(db, allTenants);
      const rows = await db
        .selectFrom('people')
        .selectAll()
        .where('key_id', '<>', current.id)
        .limit(500)
        .forUpdate()
        .execute();
      for (const row of rows) {
        const dataKey = unwrapKey(keys, row);
        const subject = openText(sealKeysOf(dataKey), row, row.subject);
        if (subject === undefined) throw new Error(`the subject of person ${row.person_id} does not open`);
        await db
          .updateTable('people')
          .set({
            key_id: current.id,
            wrapped_key: wrapKey(current, row, dataKey),
            subject_mac: subjectMac(current, row.tenant_id, subject),
            ...(row.name_macs === null ? {} : { name_macs: nameMacs(current, row.tenant_id, subject) }),
          })
          .where('tenant_id', '=', row.tenant_id)
          .where('person_id', '=', row.person_id)
          .execute();
      }
      return rows.length;
    });
    rewrapped += batch;
    if (batch === 0) return rewrapped;
  }
};
