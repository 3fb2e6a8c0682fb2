import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  checkpointText,
  noteOf,
  parseCheckpoint,
  parseNote,
  parseTenants,
  signerKey,
  signText,
  verifiedBy,
} from '@interlock/tree';
import { until } from '@interlock/testing';
import { key, origin, seedOf } from './audited.js';
import { audited, ready, found, over, sizeOf, tenants } from './mirrored.js';

const text = (path: string): Promise<string> => readFile(path, 'utf8');

beforeAll(() => audited.begin());
afterEach(() => audited.stopServices());
afterAll(() => audited.end());

describe('the directory', () => {
  it("gets the latest checkpoint with the tenants' heads beside it, and a file for each size that stays as it is", async () => {
    const dir = await audited.folders.make();
    await audited.start({ AUDIT_MIRROR_DIR: dir });
    await audited.append('action-demo:dir', 5);
    const first = sizeOf(await audited.signed());
    const folder = join(dir, 'interlock.local_tree');
    const latest = await until(
      async () => sizeOf(await text(join(folder, 'latest'))) >= first && text(join(folder, 'latest')),
      'the mirror has it',
    );
    expect(verifiedBy(parseNote(latest)!, [key])).toHaveLength(1);
    await audited.append('action-demo:dir', 5);
    const second = sizeOf(await audited.signed());
    await until(async () => sizeOf(await text(join(folder, 'latest'))) >= second, 'the mirror has the next');
    expect(await text(join(folder, `${sizeOf(latest)}`))).toBe(latest);
    const { tenants: said } = parseCheckpoint(parseNote(await text(join(folder, 'latest')))!.text)!;
    const heads = parseTenants(await text(join(folder, 'latest.tenants')), said);
    expect(heads?.map(({ tenant }) => tenant)).toEqual(['_system', 'demo']);
    expect(await readdir(dir)).toEqual(['interlock.local_tree']);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('that holds more than the log has stops the signing, is told in the log, and lets it go on when it agrees again', async () => {
    const dir = await audited.folders.make();
    const name = join(dir, 'interlock.local_tree');
    const forged = checkpointText({ origin, size: 10_000, root: seedOf(9), tenants });
    await mkdir(name);
    await writeFile(
      join(name, 'latest'),
      noteOf(forged, [signText(forged, signerKey(origin, 'note', seedOf(1)))]),
    );
    const service = await audited.start({ AUDIT_MIRROR_DIR: dir });
    await audited.append('action-other:x', 3);
    const [first] = await until(
      async () => (await found()).length > 0 && found(),
      'the contradiction is in the log',
    );
    expect(first).toMatchObject({ found_by: 'directory', tree_size: 10_000 });
    expect((await ready(service)).checks.find(({ name: check }) => check === 'checkpoints')).toMatchObject({
      ok: false,
      code: 'tree-inconsistent',
    });
    expect((await audited.get<{ code: string }>('/export', { tenant: 'other' })).json.code).toBe(
      'tree-inconsistent',
    );
    await audited.stopServices();
    await audited.append('action-other:x', 1);
    const again = await audited.start({ AUDIT_MIRROR_DIR: dir });
    await until(
      async () =>
        (await audited.get<{ code: string }>('/export', { tenant: 'other' })).json.code ===
        'tree-inconsistent',
      'it is so after a restart',
    );
    await rm(name, { recursive: true });
    await audited.signed();
    await until(async () => (await ready(again)).status === 'ready', 'it is ready again');
    expect(await found()).toHaveLength(1);
    expect(await over()).toMatchObject([{ found_by: 'directory' }]);
  });

  it('that cannot be written is tried again and stops nothing', async () => {
    const dir = await audited.folders.make();
    await writeFile(join(dir, 'file'), '');
    const service = await audited.start({ AUDIT_MIRROR_DIR: join(dir, 'file') });
    await audited.append('action-demo:blocked', 2);
    await audited.signed();
    await until(
      async () =>
        /audit_mirror_failures_total\{[^}]*mirror="directory"[^}]*\} [1-9]/.test(
          await audited.parts.issuer.metricsOf(`http://127.0.0.1:${service.http.port}`),
        ),
      'failures are counted',
    );
    await rm(join(dir, 'file'));
    await until(async () => (await readdir(join(dir, 'file'))).length > 0, 'it came when it could');
  });
});
