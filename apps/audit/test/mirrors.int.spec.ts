import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  checkpointStream,
  checkpointText,
  firstKeyFiles,
  noteOf,
  parseCheckpoint,
  parseNote,
  parseVerifier,
  signerKey,
  signText,
  verifiedBy,
  verifierText,
  wholeTree,
} from '@interlock/tree';
import type { RunningService } from '@interlock/platform';
import { until } from '@interlock/testing';
import { collect } from '@interlock/kernel';
import { Audited, origin, seedOf } from './audited.js';
import { startWitness, type TestWitness } from './witness.js';

const run = promisify(execFile);
const audited = new Audited();
const key = parseVerifier(firstKeyFiles(origin, seedOf(1))['1.vkey']!.trim())!;
const witnesses: TestWitness[] = [];

const witnessOf = async (name: string): Promise<TestWitness> => {
  const witness = await startWitness(name, [key], origin);
  witnesses.push(witness);
  return witness;
};
const ready = async (
  service: RunningService,
): Promise<{
  readonly status: string;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail?: string }[];
}> => (await fetch(`http://127.0.0.1:${service.http.port}/health/ready`)).json() as never;
const found = async (
  tree: string,
): Promise<readonly { readonly found_by: string; readonly detail: string; readonly tree_size: number }[]> =>
  (await collect(audited.parts.log.store.read(checkpointStream(tree))))
    .filter(({ type }) => type === 'TreeInconsistencyFound')
    .map(({ data }) => data as never);
const over = async (tree: string): Promise<readonly object[]> =>
  (await collect(audited.parts.log.store.read(checkpointStream(tree))))
    .filter(({ type }) => type === 'TreeInconsistencyResolved')
    .map(({ data }) => data);
const sizeOf = (note: string): number => parseCheckpoint(parseNote(note)!.text)!.size;
const text = (path: string): Promise<string> => readFile(path, 'utf8');

beforeAll(() => audited.begin());
afterEach(async () => {
  await audited.stopServices();
  await Promise.all(witnesses.splice(0).map((witness) => witness.stop()));
});
afterAll(() => audited.end());

describe('the directory', () => {
  it("gets every tree's latest checkpoint, and a file for each size that stays as it is", async () => {
    const dir = await audited.folders.make();
    await audited.start({ AUDIT_MIRROR_DIR: dir });
    await audited.append('action-demo:dir', 5);
    const first = sizeOf(await audited.signed('demo'));
    const folder = join(dir, 'interlock.local_log_demo');
    const latest = await until(
      async () => sizeOf(await text(join(folder, 'latest'))) >= first && text(join(folder, 'latest')),
      'the mirror has it',
    );
    expect(verifiedBy(parseNote(latest)!, [key])).toHaveLength(1);
    await audited.append('action-demo:dir', 5);
    const second = sizeOf(await audited.signed('demo'));
    await until(async () => sizeOf(await text(join(folder, 'latest'))) >= second, 'the mirror has the next');
    expect(await text(join(folder, `${sizeOf(latest)}`))).toBe(latest);
    await until(
      async () => (await readdir(dir)).includes('interlock.local_log'),
      "the whole log's is there too",
    );
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it("that holds more of a tenant's tree than the log has stops the signing of that tree, is told in the log, and lets it go on when it agrees again", async () => {
    const dir = await audited.folders.make();
    const name = join(dir, 'interlock.local_log_other');
    const forged = checkpointText({ origin: `${origin}/other`, size: 10_000, root: seedOf(9) });
    await mkdir(name);
    await writeFile(
      join(name, 'latest'),
      noteOf(forged, [signText(forged, signerKey(origin, 'note', seedOf(1)))]),
    );
    const service = await audited.start({ AUDIT_MIRROR_DIR: dir });
    await audited.append('action-other:x', 3);
    const [first] = await until(
      async () => (await found('other')).length > 0 && found('other'),
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
    await audited.append('action-demo:more', 1);
    await audited.signed('demo');
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
    await audited.signed('other', { tenant: 'other' });
    await until(async () => (await ready(again)).status === 'ready', 'it is ready again');
    expect(await found('other')).toHaveLength(1);
    expect(await over('other')).toMatchObject([{ found_by: 'directory' }]);
  });

  it('that cannot be written is tried again and stops nothing', async () => {
    const dir = await audited.folders.make();
    await writeFile(join(dir, 'file'), '');
    const service = await audited.start({ AUDIT_MIRROR_DIR: join(dir, 'file') });
    await audited.append('action-demo:blocked', 2);
    await audited.signed('demo');
    await until(
      async () =>
        /audit_mirror_failures_total\{[^}]*mirror="directory"[^}]*\} [1-9]/.test(
          await (await fetch(`http://127.0.0.1:${service.http.port}/metrics`)).text(),
        ),
      'failures are counted',
    );
    await rm(join(dir, 'file'));
    await until(async () => (await readdir(join(dir, 'file'))).length > 0, 'it came when it could');
  });
});

describe('the Git repository', () => {
  it('gets a commit for what was signed, takes over what another clone pushed, and goes on after a restart', async () => {
    const [dir, state, other] = await Promise.all([
      audited.folders.make(),
      audited.folders.make(),
      audited.folders.make(),
    ]);
    const remote = join(dir, 'mirror.git');
    await run('git', ['init', '--quiet', '--bare', '--initial-branch', 'main', remote]);
    const inRemote = async (...args: string[]): Promise<string> =>
      (await run('git', ['--git-dir', remote, ...args])).stdout;
    const latest = (): Promise<string> => inRemote('show', 'main:interlock.local_log_demo/latest');
    const environment = { AUDIT_MIRROR_GIT: remote, AUDIT_STATE_DIR: state };
    await audited.start(environment);
    await audited.append('action-demo:git', 5);
    const first = sizeOf(await audited.signed('demo'));
    await until(async () => sizeOf(await latest()) >= first, 'it was pushed');
    expect(await inRemote('log', '--format=%an %s', '-1', 'main')).toMatch(
      /^Interlock audit Checkpoint interlock\.local\/log/,
    );

    const elsewhere = join(other, 'clone');
    await run('git', ['clone', '--quiet', remote, elsewhere]);
    await writeFile(join(elsewhere, 'README'), 'kept by the regulator');
    for (const args of [
      ['config', 'user.name', 'r'],
      ['config', 'user.email', 'r@example.invalid'],
      ['add', '.'],
      ['commit', '--quiet', '-m', 'Say whose this is'],
      ['push', '--quiet'],
    ])
      await run('git', ['-C', elsewhere, ...args]);
    await audited.append('action-demo:git', 5);
    const second = sizeOf(await audited.signed('demo'));
    await until(async () => sizeOf(await latest()) >= second, 'it was pushed on top');
    expect(await inRemote('show', 'main:README')).toBe('kept by the regulator');

    await audited.stopServices();
    await rm(state, { recursive: true });
    await audited.start(environment);
    await audited.append('action-demo:git', 1);
    const third = sizeOf(await audited.signed('demo'));
    await until(async () => sizeOf(await latest()) >= third, 'it goes on');
    expect(Number(await inRemote('rev-list', '--count', 'main'))).toBeGreaterThanOrEqual(4);
  });

  const made = async (): Promise<{
    readonly remote: string;
    readonly state: string;
    readonly other: string;
    readonly latest: () => Promise<string>;
  }> => {
    const [dir, state, other] = await Promise.all([
      audited.folders.make(),
      audited.folders.make(),
      audited.folders.make(),
    ]);
    const remote = join(dir, 'mirror.git');
    await run('git', ['init', '--quiet', '--bare', '--initial-branch', 'main', remote]);
    return {
      remote,
      state,
      other,
      latest: async () =>
        (await run('git', ['--git-dir', remote, 'show', 'main:interlock.local_log_demo/latest'])).stdout,
    };
  };
  const pushed = async (
    remote: string,
    other: string,
    files: { readonly [name: string]: string },
  ): Promise<void> => {
    await run('git', ['clone', '--quiet', remote, other]);
    for (const [name, content] of Object.entries(files)) await writeFile(join(other, name), content);
    for (const args of [
      ['config', 'user.name', 'r'],
      ['config', 'user.email', 'r@example.invalid'],
      ['add', '--force', '.'],
      ['commit', '--quiet', '-m', 'Set'],
      ['push', '--quiet', 'origin', 'HEAD:main'],
    ])
      await run('git', ['-C', other, ...args]);
  };

  it.each([
    ['ignores every file', ({ remote, other }) => pushed(remote, other, { '.gitignore': '*\n' })],
    [
      'has its own idea of line ends',
      ({ remote, other }) => pushed(remote, other, { '.gitattributes': '* text eol=crlf\n' }),
    ],
    [
      'was made anew',
      async ({ remote }) => {
        await rm(remote, { recursive: true });
        await run('git', ['init', '--quiet', '--bare', '--initial-branch', 'main', remote]);
      },
    ],
    ['lost its working clone', ({ state }) => rm(join(state, 'git-mirror'), { recursive: true })],
    [
      'has a lock left in its working clone',
      ({ state }) => writeFile(join(state, 'git-mirror', '.git', 'index.lock'), ''),
    ],
  ] as readonly (readonly [string, (at: Awaited<ReturnType<typeof made>>) => Promise<unknown>])[])(
    'that %s gets the next checkpoint all the same, byte for byte',
    async (_how, fault) => {
      const at = await made();
      await audited.start({ AUDIT_MIRROR_GIT: at.remote, AUDIT_STATE_DIR: at.state });
      const trees = async (): Promise<string> =>
        (await run('git', ['--git-dir', at.remote, 'ls-tree', '--name-only', 'main'])).stdout;
      await audited.append('action-idle:odd', 2);
      await audited.append('action-demo:odd', 2);
      const first = sizeOf(await audited.signed('demo'));
      await until(
        async () =>
          sizeOf(await at.latest()) >= first && (await trees()).includes('interlock.local_log_idle\n'),
        'it was pushed',
      );
      await fault(at);
      const fresh = `fresh${first}`;
      await audited.append(`action-${fresh}:odd`, 2);
      await audited.append('action-demo:odd', 2);
      const second = sizeOf(await audited.signed('demo'));
      const note = await until(async () => {
        const there = await at.latest();
        return sizeOf(there) >= second && there;
      }, 'the next was pushed');
      expect(verifiedBy(parseNote(note)!, [key])).toHaveLength(1);
      await until(
        async () => (await trees()).includes(`interlock.local_log_${fresh}\n`),
        'a tree that is new is there',
      );
      expect(await trees()).toContain('interlock.local_log_idle\n');
    },
  );

  it('whose server does not answer holds up neither a signature nor the stop for as long as git waits for it', async () => {
    let givenUp = 0;
    const silent = createServer((socket) => {
      socket
        .once('close', () => {
          givenUp += 1;
        })
        .resume();
    });
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    await audited.start({
      AUDIT_MIRROR_GIT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/m.git`,
      AUDIT_STATE_DIR: await audited.folders.make(),
    });
    await audited.append('action-demo:silent', 2);
    await audited.signed('demo');
    expect(givenUp).toBe(0);
    await audited.stopServices();
    await until(() => givenUp > 0, 'it was cut off');
    silent.close();
  });

  it('whose latest the log did not sign stops all signing until it is mended', async () => {
    const [dir, state, other] = await Promise.all([
      audited.folders.make(),
      audited.folders.make(),
      audited.folders.make(),
    ]);
    const remote = join(dir, 'mirror.git');
    await run('git', ['init', '--quiet', '--bare', '--initial-branch', 'main', remote]);
    await run('git', ['init', '--quiet', '--initial-branch', 'main', other]);
    await mkdir(join(other, 'interlock.local_log'));
    const forged = checkpointText({ origin, size: 3, root: seedOf(9) });
    await writeFile(
      join(other, 'interlock.local_log', 'latest'),
      noteOf(forged, [signText(forged, signerKey(origin, 'note', seedOf(1)))]),
    );
    for (const args of [
      ['config', 'user.name', 'r'],
      ['config', 'user.email', 'r@example.invalid'],
      ['add', '.'],
      ['commit', '--quiet', '-m', 'Forge'],
      ['push', '--quiet', remote, 'main'],
    ])
      await run('git', ['-C', other, ...args]);
    const before = (await found(wholeTree)).length;
    const service = await audited.start({ AUDIT_MIRROR_GIT: remote, AUDIT_STATE_DIR: state });
    const all = await until(
      async () => (await found(wholeTree)).length > before && found(wholeTree),
      'the contradiction is in the log',
    );
    expect(all.at(-1)).toMatchObject({ found_by: 'git', tree_size: 3 });
    await until(async () => (await ready(service)).status === 'not_ready', 'it is told');
    await audited.append('action-demo:g', 3);
    await until(
      async () => (await audited.get<{ code?: string }>('/export')).json.code === 'tree-inconsistent',
      'nothing is signed',
    );
    expect(await found(wholeTree)).toHaveLength(before + 1);
    await run('git', ['-C', other, 'rm', '--quiet', '-r', 'interlock.local_log']);
    for (const args of [
      ['commit', '--quiet', '--allow-empty', '-m', 'Mend'],
      ['push', '--quiet', remote, 'main'],
    ])
      await run('git', ['-C', other, ...args]);
    await audited.signed('demo');
    await until(async () => (await ready(service)).status === 'ready', 'it is ready again');
  });
});

describe('witnesses', () => {
  const cosigned = (tenant: string, names: readonly string[]): Promise<string> =>
    until(
      async () => {
        const { text: note, status } = await audited.get('/checkpoint', { tenant });
        return status === 200 && names.every((name) => note.includes(`— ${name} `)) && note;
      },
      `${names.join(' and ')} cosigned`,
    );

  it('cosign what extends all that they saw, and their signatures stand in the checkpoint', async () => {
    const [a, b] = [await witnessOf('witness.example/a'), await witnessOf('regulator.example/bb')];
    await audited.start({ AUDIT_WITNESSES: `${a.vkey} ${a.url}, ${b.vkey} ${b.url}` });
    await audited.append('action-demo:w', 5);
    await audited.signed('demo');
    const note = await cosigned('demo', ['witness.example/a', 'regulator.example/bb']);
    expect(verifiedBy(parseNote(note)!, [key, parseVerifier(a.vkey)!, parseVerifier(b.vkey)!])).toHaveLength(
      3,
    );
    await audited.append('action-demo:w', 300);
    const size = sizeOf(await audited.signed('demo'));
    await until(
      () =>
        (a.seen.get(`${origin}/demo`)?.size ?? 0) >= size &&
        (b.seen.get(`${origin}/demo`)?.size ?? 0) >= size,
      'both saw the larger tree',
    );
    expect((await audited.get('/export')).text).toContain('witness.example/a');
  });

  it('that saw an earlier tree are asked again with a proof from that one', async () => {
    const witness = await witnessOf('witness.example/late');
    await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    await audited.append('action-demo:l', 5);
    await audited.signed('demo');
    await cosigned('demo', ['witness.example/late']);
    await audited.stopServices();
    witness.answers.length = 0;
    await audited.start();
    await audited.append('action-demo:l', 5);
    await audited.signed('demo');
    await audited.stopServices();
    await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    const size = sizeOf(await audited.signed('demo'));
    await until(() => (witness.seen.get(`${origin}/demo`)?.size ?? 0) >= size, 'it saw the larger tree');
    expect(witness.answers).toContain(409);
    expect(witness.answers).not.toContain(422);
  });

  it.each([
    ['before 1970', 0],
    ['after the year 9999', 300_000_000_000],
    ['that no number holds', 2 ** 62],
  ])('that cosign at a time %s are not believed, and stop nothing', async (_when, at) => {
    const witness = await witnessOf('witness.example/clock');
    witness.at = at;
    const service = await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    await audited.append('action-demo:clock', 1);
    await audited.signed('demo');
    await until(() => witness.answers.includes(200), 'it was asked');
    await audited.append('action-demo:clock', 1);
    expect(await audited.signed('demo')).not.toContain('witness.example/clock');
    expect((await ready(service)).status).toBe('ready');
  });

  it('that saw another tree stop the signing of that tree', async () => {
    const witness = await witnessOf('witness.example/another');
    witness.seen.set(`${origin}/demo`, { size: 2, root: seedOf(7) });
    const before = (await found('demo')).length;
    const service = await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    await audited.append('action-demo:s', 1);
    const all = await until(
      async () => (await found('demo')).length > before && found('demo'),
      'the contradiction is in the log',
    );
    expect(all.at(-1)).toMatchObject({ found_by: 'witness:witness.example/another' });
    await until(async () => (await ready(service)).status === 'not_ready', 'it is not ready');
    expect((await audited.get<{ code: string }>('/export')).json.code).toBe('tree-inconsistent');
  });

  it('that saw more than the log has stop it, until they are asked no longer', async () => {
    const witness = await witnessOf('witness.example/more');
    witness.seen.set(`${origin}/demo`, { size: 1_000_000, root: seedOf(7) });
    const before = (await found('demo')).length;
    await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    await audited.append('action-demo:m', 1);
    const all = await until(
      async () => (await found('demo')).length > before && found('demo'),
      'the contradiction is in the log',
    );
    expect(all.at(-1)).toMatchObject({ found_by: 'witness:witness.example/more', tree_size: 1_000_000 });
    await audited.stopServices();
    await audited.start();
    await audited.append('action-demo:m', 1);
    await audited.signed('demo');
    expect((await over('demo')).at(-1)).toMatchObject({
      found_by: 'witness:witness.example/more',
      detail: 'it is no longer asked',
    });
  });

  it('are asked by one instance of audit, and by another when that has gone', async () => {
    const witness = await witnessOf('witness.example/one');
    const environment = { AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` };
    const first = await audited.start(environment);
    await audited.append('action-demo:one', 1);
    await audited.signed('demo');
    await cosigned('demo', ['witness.example/one']);
    await audited.start(environment);
    const asked = witness.answers.length;
    await audited.append('action-demo:one', 1);
    const size = sizeOf(await audited.signed('demo'));
    await until(() => (witness.seen.get(`${origin}/demo`)?.size ?? 0) >= size, 'it saw the larger tree');
    expect(witness.answers.slice(asked).filter((status) => status === 409)).toEqual([]);
    await first.stop();
    await audited.append('action-demo:one', 1);
    await until(() => (witness.seen.get(`${origin}/demo`)?.size ?? 0) > size, 'the other has taken over');
  });

  it.each([
    ['answers nonsense', { status: 200, text: 'hello\n' }],
    ['does not know the log', { status: 404, text: '' }],
    ['is overwhelmed', { status: 503, text: '' }],
    ['answers without end', { status: 200, text: 'x'.repeat(200_000) }],
    ['names no size', { status: 409, text: 'many' }],
  ])('that %s are tried again, and stop nothing', async (_how, broken) => {
    const witness = await witnessOf('witness.example/broken');
    witness.broken = broken;
    const service = await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    await audited.append('action-demo:b', 1);
    await audited.signed('demo');
    await until(() => witness.answers.length > 0, 'it was asked');
    expect((await ready(service)).status).toBe('ready');
    witness.broken = undefined;
    await cosigned('demo', ['witness.example/broken']);
  });

  it('that are named wrongly keep the service from starting, without their text', async () => {
    await expect(audited.start({ AUDIT_WITNESSES: 'secret+name http://127.0.0.1' })).rejects.toMatchObject({
      code: 'validation-failed',
      detail: expect.not.stringContaining('secret'),
    });
    const { vkey } = await witnessOf('witness.example/twice');
    await expect(
      audited.start({ AUDIT_WITNESSES: `${vkey} http://127.0.0.1:1, ${vkey} http://127.0.0.1:2` }),
    ).rejects.toMatchObject({ code: 'validation-failed', detail: expect.stringContaining('number 2') });
    await expect(
      audited.start({
        AUDIT_WITNESSES: Array.from(
          { length: 64 },
          (_, i) => `${verifierText(signerKey(`w${i}`, 'cosignature', seedOf(1)))} http://127.0.0.1:1`,
        ).join(','),
      }),
    ).rejects.toMatchObject({ code: 'validation-failed' });
    await expect(audited.start({ AUDIT_MIRROR_GIT: '/nowhere' })).rejects.toMatchObject({
      code: 'validation-failed',
    });
  });
});
