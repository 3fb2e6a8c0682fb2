import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testMetadata } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { startParts, testContext, underRetention, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';

let parts: Parts;
let service: RunningService;

beforeAll(async () => {
  parts = await startParts();
  service = await start(testContext(parts, 'audit', { RETENTION_SWEEP_S: '1' }));
});
afterAll(async () => {
  await service.stop();
  await parts.stop();
});

const at = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
const append = async (type: string, data: object, days: number): Promise<void> => {
  await parts.log.store.append(
    'person-demo:p-1',
    [
      {
        id: randomUUID(),
        type,
        data: { person_id: 'p-1', ...data },
        metadata: { ...testMetadata(), occurred_at: at(days) },
      },
    ],
    'any',
  );
};

describe('sessions past their retention', () => {
  it('are removed from the list once they are over; invitations, roles and sessions that go on are kept', async () => {
    const { query, keep, plan } = underRetention(parts, 'audit');
    const started = { by: 'invitation', roles: ['viewer'], name: 'x' };
    await append('RoleGranted', { role: 'viewer' }, 60);
    await append('SessionStarted', { ...started, session_id: 'over', expires_at: at(49) }, 50);
    await append('SessionEnded', { session_id: 'over' }, 50);
    await append('SessionStarted', { ...started, session_id: 'goes-on', expires_at: at(-1) }, 40);
    await append('SessionStarted', { ...started, session_id: 'newer', expires_at: at(19) }, 20);
    const types = async (): Promise<readonly unknown[]> =>
      (
        await query(
          `select type || coalesce(' ' || (data ->> 'session_id'), '') as one from audit_people_records_v2.records where list = 'who' order by at, place`,
        )
      ).map((row) => row['one']);
    await until(async () => (await types()).length === 5, 'the records are there');
    expect(await plan({ sessions: 30 })).toMatchObject([{ kind: 'sessions', table: 'records', rows: 2 }]);
    await keep({ sessions: 30 });
    await until(async () => (await types()).length === 3, 'old sessions are removed');
    expect(await types()).toEqual(['RoleGranted', 'SessionStarted goes-on', 'SessionStarted newer']);
  });
});
