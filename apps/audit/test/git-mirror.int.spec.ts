import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { checkpointText, noteOf, parseNote, signerKey, signText, verifiedBy } from '@interlock/tree';
import { until } from '@interlock/testing';
import { key, origin, seedOf } from './audited.js';
import { audited, ready, found, sizeOf, tenants } from './mirrored.js';

const run = promisify(execFile);

/**
 * Pushes what a clone has committed on top of what is there, as often as the audit was quicker: it
 * pushes to the same branch.
 */
const pushedOnTop = (clone: string, remote: string): Promise<unknown> =>
  until(async () => {
    await run('git', ['-C', clone, 'pull', '--quiet', '--rebase', remote, 'main']);
    await run('git', ['-C', clone, 'push', '--quiet', remote, 'HEAD:main']);
    return true;
  }, 'it is pushed on top');

beforeAll(() => audited.begin());
afterEach(() => audited.stopServices());
afterAll(() => audited.end());

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
    const latest = (): Promise<string> => inRemote('show', 'main:interlock.local_tree/latest');
    const environment = { AUDIT_MIRROR_GIT: remote, AUDIT_STATE_DIR: state };
    await audited.start(environment);
    await audited.append('action-demo:git', 5);
    const first = sizeOf(await audited.signed());
    await until(async () => sizeOf(await latest()) >= first, 'it was pushed');
    expect(await inRemote('log', '--format=%an %s', '-1', 'main')).toMatch(
      /^Interlock audit Checkpoint interlock\.local\/tree/,
    );

    const elsewhere = join(other, 'clone');
    await run('git', ['clone', '--quiet', remote, elsewhere]);
    await writeFile(join(elsewhere, 'README'), 'kept by the regulator');
    for (const args of [
      ['config', 'user.name', 'r'],
      ['config', 'user.email', 'r@example.invalid'],
      ['add', '.'],
      ['commit', '--quiet', '-m', 'Say whose this is'],
    ])
      await run('git', ['-C', elsewhere, ...args]);
    await pushedOnTop(elsewhere, remote);
    await audited.append('action-demo:git', 5);
    const second = sizeOf(await audited.signed());
    await until(async () => sizeOf(await latest()) >= second, 'it was pushed on top');
    expect(await inRemote('show', 'main:README')).toBe('kept by the regulator');

    await audited.stopServices();
    await rm(state, { recursive: true });
    await audited.start(environment);
    await audited.append('action-demo:git', 1);
    const third = sizeOf(await audited.signed());
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
        (await run('git', ['--git-dir', remote, 'show', 'main:interlock.local_tree/latest'])).stdout,
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
    ])
      await run('git', ['-C', other, ...args]);
    await pushedOnTop(other, remote);
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
      const files = async (): Promise<string> =>
        (await run('git', ['--git-dir', at.remote, 'ls-tree', '-r', '--name-only', 'main'])).stdout;
      await audited.append('action-demo:odd', 2);
      const first = sizeOf(await audited.signed());
      await until(async () => sizeOf(await at.latest()) >= first, 'it was pushed');
      await fault(at);
      await audited.append('action-demo:odd', 2);
      const second = sizeOf(await audited.signed());
      const note = await until(async () => {
        const there = await at.latest();
        return sizeOf(there) >= second && there;
      }, 'the next was pushed');
      expect(verifiedBy(parseNote(note)!, [key])).toHaveLength(1);
      expect(await files()).toContain('interlock.local_tree/latest.tenants\n');
    },
  );

  it('whose server does not answer holds up neither a signature nor the stop for as long as git waits for it', async () => {
    let [called, givenUp] = [0, 0];
    const silent = createServer((socket) => {
      called += 1;
      socket
        .once('close', () => {
          givenUp += 1;
        })
        .resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    await audited.start({
      AUDIT_MIRROR_GIT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/m.git`,
      AUDIT_STATE_DIR: await audited.folders.make(),
    });
    await audited.append('action-demo:silent', 2);
    await audited.signed();
    await until(() => called > 0, 'git has called');
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
    await mkdir(join(other, 'interlock.local_tree'));
    const forged = checkpointText({ origin, size: 3, root: seedOf(9), tenants });
    await writeFile(
      join(other, 'interlock.local_tree', 'latest'),
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
    const before = (await found()).length;
    const service = await audited.start({ AUDIT_MIRROR_GIT: remote, AUDIT_STATE_DIR: state });
    const all = await until(
      async () => (await found()).length > before && found(),
      'the contradiction is in the log',
    );
    expect(all.at(-1)).toMatchObject({ found_by: 'git', tree_size: 3 });
    await until(async () => (await ready(service)).status === 'not_ready', 'it is told');
    await audited.append('action-demo:g', 3);
    await until(
      async () => (await audited.get<{ code?: string }>('/export')).json.code === 'tree-inconsistent',
      'nothing is signed',
    );
    expect(await found()).toHaveLength(before + 1);
    await run('git', ['-C', other, 'rm', '--quiet', '-r', 'interlock.local_tree']);
    await run('git', ['-C', other, 'commit', '--quiet', '-m', 'Mend']);
    await pushedOnTop(other, remote);
    await audited.signed();
    await until(async () => (await ready(service)).status === 'ready', 'it is ready again');
  });
});
