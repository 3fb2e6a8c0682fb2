import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, noteEvents, noteParts, testMetadata, type RecordedEvent } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { testContext, underRetention, until } from '@interlock/testing';
import { firstKeyFiles, parseVerifier, type LogCut } from '@interlock/tree';
import { verifyLog, type Verification } from '@interlock/verify';
import { start } from '../src/main.js';
import { Audited, origin, seedOf } from './audited.js';

const audited = new Audited();
const key = parseVerifier(firstKeyFiles(origin, seedOf(1))['1.vkey']!.trim())!;
let folder: string;
let service: RunningService | undefined;

beforeAll(async () => {
  await audited.begin({ durable: true });
  folder = join(await audited.folders.make(), 'archive');
});
afterAll(async () => {
  await service?.stop();
  await audited.end();
});

/** The clock of a service that looks back on what the test writes now. */
const later = (): string => new Date(Date.now() + 200 * 86_400_000).toISOString();

const startAudit = async (environment: { readonly [name: string]: string } = {}): Promise<void> => {
  service = await start({
    ...testContext(audited.parts, 'audit', {
      AUDIT_KEY_DIR: audited.keys,
      AUDIT_CHECKPOINT_SECONDS: '1',
      AUDIT_ARCHIVE: folder,
      AUDIT_ARCHIVE_EVENTS: '16',
      AUDIT_ARCHIVE_SECONDS: '1',
      RETENTION_SWEEP_S: '1',
      ...environment,
    }),
    clock: later,
  });
};
const stopAudit = async (): Promise<void> => {
  await service?.stop();
  service = undefined;
};

const accepted = { intent: { account_id: 'a', agent: 'x', action_type: 't', entity_id: 'e' } };
const ended = ['IntentAccepted', 'GatesJudged', 'ExecutionStarted', 'ActionCompleted'] as const;

const write = async (id: string, types: readonly string[], data: object = {}): Promise<void> => {
  for (const type of types)
    await audited.parts.log.store.append(
      `action-demo:${id}`,
      [
        {
          id: randomUUID(),
          type,
          data:
            type === 'IntentAccepted'
              ? { ...accepted, ...data }
              : type === 'GatesJudged'
                ? { gates: [] }
                : {},
          metadata: { ...testMetadata(), tenant_id: 'demo' },
        },
      ],
      'any',
    );
};

/** Both services that look back on actions note their open work, as at an orderly stop. */
const note = async (streams: readonly string[]): Promise<void> => {
  const { store } = audited.parts.log;
  const head = await store.head();
  for (const name of ['safety-rails', 'policy-evaluator'])
    for (const event of noteEvents(name, noteParts(name, head!, streams), new Date().toISOString()))
      await store.append(`open_work-_system:${name}`, [event], 'any');
};

const inAll = async (): Promise<readonly RecordedEvent[]> => collect(audited.parts.log.store.readAll());
const left = async (id: string): Promise<readonly string[]> =>
  (await inAll()).filter(({ stream }) => stream === `action-demo:${id}`).map(({ type }) => type);
const records = async (): Promise<readonly RecordedEvent[]> =>
  collect(audited.parts.log.store.read('checkpoint-demo:cuts'));

const verified = async (path: string): Promise<Verification> => {
  const { status, text } = await audited.get('/export' + path, {}, service);
  expect([status, status === 200 ? '' : text]).toEqual([200, '']);
  return verifyText(text);
};
const verifyText = (text: string): Promise<Verification> =>
  verifyLog(
    [
      {
        name: 'export',
        async *open() {
          yield await Promise.resolve(Buffer.from(text));
        },
      },
    ],
    { key },
  );

describe('the log of a tenant that keeps it for a time', () => {
  it('is cut where the archive, a checkpoint and the notes of open work allow it, and nowhere else', async () => {
    for (const id of ['a', 'b', 'c', 'needed']) await write(id, ended);
    await write('open', ended.slice(0, 3));
    await write('of-plan', ended, { part_of: { plan_id: 'p', node_id: 'n', role: 'node', approval: null } });
    await note(['action-demo:open', 'action-demo:needed', 'plan-demo:p']);
    await write('unnoted', ended);
    await startAudit();
    const { keep, plan } = underRetention(audited.parts, 'audit');
    await until(async () => {
      const answer = await audited.get<{ lag_events: number; archived_events: number }>(
        '/archive',
        { tenant: '_system' },
        service,
      );
      return answer.json?.archived_events >= 28 && answer.json.lag_events === 0;
    }, 'it is archived');
    expect(await plan({ log: 90 })).toEqual([]);
    await keep({ log: 90 });
    await until(async () => (await records()).some(({ type }) => type === 'LogTruncated'), 'streams are cut');
    await until(async () => (await left('c')).length === 1, 'the log removes them');
    expect(await Promise.all(['a', 'b', 'c'].map(left))).toEqual([
      ['ActionCompleted'],
      ['ActionCompleted'],
      ['ActionCompleted'],
    ]);
    expect(
      (await Promise.all(['needed', 'of-plan', 'unnoted'].map(left))).map(({ length }) => length),
    ).toEqual([4, 4, 4]);
    expect(await left('open')).toEqual(ended.slice(0, 3));
    const cut = (await records())[0]!.data as LogCut;
    expect(cut).toMatchObject({ events: 9, origin });
  });

  it('is verified whole with the archive, and without it by the record of the cut', async () => {
    await stopAudit();
    await audited.parts.log.down();
    await audited.parts.log.up();
    await startAudit();
    const whole = await verified('');
    expect([whole.verified, whole.faults, whole.missing_leaves, whole.scavenged]).toEqual([true, [], 0, []]);
    const without = await verified('?archive=false');
    expect([without.verified, without.faults, without.missing_leaves]).toEqual([true, [], 0]);
    expect(without.scavenged).toMatchObject([{ leaves: 9 }]);
  });
});
