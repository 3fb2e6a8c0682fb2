import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { findOnPath, remedyFor, waysToInstall } from '../run/nats.mjs';
import { fetchRelease, releaseFor } from '../run/release.mjs';

describe('the ways to nats-server', () => {
  const machine = { apt: false, brew: false, superuser: false, release: false };

  it('are the package manager first, the pinned release last', () => {
    expect(waysToInstall({ apt: true, brew: true, superuser: true, release: true })).toEqual([
      'apt',
      'brew',
      'release',
    ]);
  });

  it('omit apt without the right to use it', () =>
    expect(waysToInstall({ ...machine, apt: true, release: true })).toEqual(['release']));

  it('end in one command', () => {
    expect(remedyFor({ apt: true, brew: false })).toBe('sudo apt-get install -y nats-server');
    expect(remedyFor({ apt: false, brew: true })).toBe('brew install nats-server');
    expect(remedyFor({ apt: false, brew: false })).toMatch(/^go install .+@v2\.10\.\d+$/);
  });

  it('begin with the PATH', () => {
    expect(findOnPath('nats-server', '/a::/b', (file: string) => file === '/b/nats-server')).toBe('/b');
    expect(findOnPath('nats-server', '/a:/b', () => false)).toBeUndefined();
  });
});

describe('the pinned release', () => {
  let folder = '';
  let server: Server;
  let url = '';
  let sha256 = '';
  const name = 'nats-server-v0.0.0-test';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interlock-release-'));
    mkdirSync(join(folder, 'made', name), { recursive: true });
    writeFileSync(join(folder, 'made', name, 'nats-server'), 'the program');
    expect(
      spawnSync('tar', ['-czf', join(folder, 'archive.tar.gz'), '-C', join(folder, 'made'), name]).status,
    ).toBe(0);
    const archive = readFileSync(join(folder, 'archive.tar.gz'));
    sha256 = createHash('sha256').update(archive).digest('hex');
    server = createServer((request, response) => {
      response.statusCode = request.url === '/archive' ? 200 : 404;
      response.end(request.url === '/archive' ? archive : undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it('is known for the platforms whose checksum is pinned, and no other', () => {
    expect(releaseFor('linux', 'x64')).toMatchObject({
      name: expect.stringMatching(/^nats-server-v[\d.]+-linux-amd64$/),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(releaseFor('linux', 'arm64')?.url).toMatch(/-linux-arm64\.tar\.gz$/);
    expect(releaseFor('sunos', 'x64')).toBeUndefined();
  });

  it('is unpacked when its checksum is the pinned one', async () => {
    const home = await fetchRelease(
      { version: '0.0.0', name, url: `${url}/archive`, sha256 },
      join(folder, 'good'),
    );
    expect(readFileSync(join(home, 'nats-server'), 'utf8')).toBe('the program');
    expect(readdirSync(join(folder, 'good'))).toEqual([name]);
  });

  it('is refused when its checksum is another', async () => {
    const target = join(folder, 'bad');
    await expect(
      fetchRelease({ version: '0.0.0', name, url: `${url}/archive`, sha256: '0'.repeat(64) }, target),
    ).rejects.toThrow('nothing was installed');
    expect(existsSync(target)).toBe(false);
  });

  it('reports the fault if it cannot be downloaded', async () => {
    await expect(
      fetchRelease({ version: '0.0.0', name, url: `${url}/none`, sha256 }, folder),
    ).rejects.toThrow('could not be downloaded: the answer was 404');
  });
});
