import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyArchive, openStore } from '@interlock/archive';
import type { Scope } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import { startService, type RunningService } from '@interlock/platform';
import { startParts, startS3Server, testContext, until, type Parts, type S3Server } from '@interlock/testing';
import { answers } from '../../src/answers.generated.js';
import { ArchiveModule } from '../../src/archive/archive.module.js';
import type { ArchiveAnswer } from '../../src/archive/archive-view.js';
import { LOG_TREE } from '../../src/archive/log-tree.js';
import { MemoryTree, testEvent } from './memory-tree.js';

const keys = { id: 'AKIDEXAMPLE', secret: 'secret' };
let parts: Parts;
let s3: S3Server;
let folder: string;
const tree = new MemoryTree();
const services: RunningService[] = [];

const s3Environment = (): { readonly [name: string]: string } => ({
  AUDIT_ARCHIVE_S3_ENDPOINT: s3.endpoint,
  AUDIT_ARCHIVE_S3_ACCESS_KEY_ID: keys.id,
  AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY: keys.secret,
});
const bucket = (prefix: string): { readonly [name: string]: string } => ({
  AUDIT_ARCHIVE: `s3://archive/${prefix}`,
  AUDIT_ARCHIVE_EVENTS: '20',
  ...s3Environment(),
});
const open = async (environment: { readonly [name: string]: string }): Promise<RunningService> => {
  const context = testContext(parts, 'audit', environment);
  const module = { module: ArchiveModule, providers: [{ provide: LOG_TREE, useValue: tree }] };
  const service = await startService(context, module, { title: 'Audit', answers });
  services.push(service);
  return service;
};
const grow = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1)
    await parts.log.store.append(`action-demo:${n % 3}`, [testEvent(n)], 'any');
  await tree.follow(parts.log.store);
};
const ask = async (
  service: RunningService,
  over: { scopes?: Scope[]; tenant?: string } = {},
): Promise<{ status: number; body: ArchiveAnswer & { code?: string } }> => {
  const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/audit/archive`, {
    headers: await parts.issuer.person(over.scopes ?? ['AUDIT_READ'], { tenant: over.tenant ?? '_system' }),
  });
  return { status: response.status, body: (await response.json()) as ArchiveAnswer & { code?: string } };
};
const answer = async (service: RunningService): Promise<ArchiveAnswer> => (await ask(service)).body;

beforeAll(async () => {
  [parts, s3, folder] = await Promise.all([
    startParts(),
    startS3Server({ bucket: 'archive', ...keys }),
    mkdtemp(join(tmpdir(), 'interlock-archive-')),
  ]);
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await Promise.all([parts.stop(), s3.stop(), rm(folder, { recursive: true, force: true })]);
});

describe('the archive beside the auditor', () => {
  it('is kept by one of several instances, in a bucket, and the next takes over', async () => {
    await grow(50);
    const [one, two] = [await open(bucket('both')), await open(bucket('both'))];
    const states = async (): Promise<string[]> =>
      (await Promise.all([one, two].map(answer))).map(({ state }) => state).sort();
    await until(
      async () => (await states()).join() === 'archiving,standing_by',
      'one archives and the other stands by',
    );
    await until(
      async () => (await answer(one)).archived_events === 40 && (await answer(two)).archived_events === 40,
      'both see the same archive',
    );
    const active = (await answer(one)).state === 'archiving' ? one : two;
    const other = active === one ? two : one;
    await active.stop();
    await until(async () => (await answer(other)).state === 'archiving', 'the other has taken over');
    await grow(20);
    const log = parts.log.store;
    const recorded = await until(async () => {
      const events = await collect(log.read('checkpoint-_system:archive'));
      return events.length >= 3 && events;
    }, 'it goes on with it');
    await other.stop();
    const store = openStore('s3://archive/both', s3Environment());
    expect(await verifyArchive(store, { keys: tree.known })).toMatchObject({
      verified: true,
      segments: 3,
      next: 60,
    });
    store.close();
    expect(
      recorded.map(({ type, data, metadata }) => [
        type,
        (data as { first: number }).first,
        metadata.tenant_id,
      ]),
    ).toEqual([
      ['LogArchived', 0, '_system'],
      ['LogArchived', 20, '_system'],
      ['LogArchived', 40, '_system'],
    ]);
    expect(JSON.stringify(recorded.map(({ data }) => data))).not.toContain(keys.secret);
    expect(parts.lines.join('')).not.toContain(keys.secret);
  });

  it("says how far the log is archived to the system's auditor and to nobody else", async () => {
    const service = await open(bucket('both'));
    const first = await answer(service);
    const events = await collect(parts.log.store.readAll());
    expect(first).toMatchObject({
      location: expect.stringMatching(/^s3\+http:\/\/127\.0\.0\.1:\d+\/archive\/both\/$/),
      archived_events: 60,
      archived_position: `${events[59]!.position.commit}`,
      last_segment: { first: 40, count: 20 },
    });
    expect((await ask(service, { tenant: 'demo' })).body.code).toBe('wrong-tenant');
    expect((await ask(service, { scopes: ['ALERT_READ'] })).body.code).toBe('missing-scope');
    await service.stop();
  });

  it('is off where none is named', async () => {
    const service = await open({});
    expect(await answer(service)).toMatchObject({ state: 'off', location: null, archived_position: null });
    await service.stop();
  });

  it('waits for a store that refuses, at its start and later, stays ready, and goes on by itself', async () => {
    s3.lock(true);
    const service = await open(bucket('locked'));
    await until(
      () =>
        parts.lines.some(
          (line) => line.includes('the log is not archived for now') && line.includes('AccessDenied (403)'),
        ),
      'it says why',
    );
    expect((await ask(service)).body.code).toBe('archive-unavailable');
    expect((await fetch(`http://127.0.0.1:${service.http.port}/health/ready`)).status).toBe(200);
    expect(await parts.metrics.metrics()).toContain('audit_archive_failing 1');
    s3.lock(false);
    await grow(10);
    await until(async () => (await answer(service)).archived_events >= 60, 'it has caught up');
    s3.fail('PUT', 'slow_down', 'lost_answer', 'cut', 'cut', 'cut');
    await grow(40);
    await until(async () => (await answer(service)).lag_events < 20, 'it has caught up again');
    expect(await parts.metrics.metrics()).toMatch(/audit_archived_position [1-9]\d*/);
    await service.stop();
    const store = openStore('s3://archive/locked', s3Environment());
    expect(await verifyArchive(store, { keys: tree.known })).toMatchObject({ verified: true });
    store.close();
  });

  it('is stopped, and the service not ready, once archive and log do not agree', async () => {
    const archive = { AUDIT_ARCHIVE: join(folder, 'archive'), AUDIT_ARCHIVE_EVENTS: '50' };
    const service = await open(archive);
    await until(async () => (await answer(service)).archived_events >= 50, 'it is archived');
    await service.stop();
    const latest = join(folder, 'archive', 'latest.json');
    await chmod(latest, 0o600);
    await writeFile(latest, '{}');
    const again = await open(archive);
    const ready = await until(async () => {
      const response = await fetch(`http://127.0.0.1:${again.http.port}/health/ready`);
      return (
        response.status === 503 &&
        ((await response.json()) as { checks: { name: string; ok: boolean; code?: string }[] })
      );
    }, 'it is not ready');
    expect(ready.checks.filter(({ ok }) => !ok)).toMatchObject([
      { name: 'archive', code: 'archive-contradicted' },
    ]);
    expect((await ask(again)).body.code).toBe('archive-contradicted');
    expect(await parts.metrics.metrics()).toContain('audit_archive_stopped 1');
    await again.stop();
  });

  it('does not start with settings that are none, and names them without their values', async () => {
    await expect(
      open({
        AUDIT_ARCHIVE: 's3://archive',
        AUDIT_ARCHIVE_EVENTS: '3',
        AUDIT_ARCHIVE_S3_ENDPOINT: 'nonsense-value',
      }),
    ).rejects.toThrow(/AUDIT_ARCHIVE_EVENTS.*AUDIT_ARCHIVE_S3_ENDPOINT/);
    await expect(open({ AUDIT_ARCHIVE: 'ftp://archive' })).rejects.toMatchObject({
      code: 'archive-unavailable',
    });
  });
});
