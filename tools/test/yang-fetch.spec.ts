import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bindings } from '@interlock/network';

const file = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const yang = (name: string): string => `// a module\nmodule ${name} { namespace "urn:${name}"; prefix p; }\n`;
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
type Row = { readonly url: string | null; readonly sha256: string | null; readonly licence: string };

describe('the script that fetches published YANG', () => {
  let server: Server;
  let url: string;
  let home: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const name = request.url!.slice(1);
      if (name === 'gone') response.writeHead(404).end('no such file');
      else if (name === 'page') response.end('<html>module</html>');
      else if (name === 'moved') response.writeHead(302, { location: '/good' }).end();
      else if (name === 'cut') {
        response.writeHead(200, { 'content-length': String(yang(name).length) });
        response.write(yang(name).slice(0, 20), () => response.destroy());
      } else response.end(yang(name));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'yang-fetch-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const run = async (
    modules: { readonly [name: string]: Row },
    ...more: readonly string[]
  ): Promise<{ readonly status: number | null; readonly said: string }> => {
    const table = join(home, 'table.json');
    writeFileSync(table, JSON.stringify({ modules, sets: [] }));
    const args = [file('yang/fetch.mjs'), '--table', table, '--folder', join(home, 'yang'), ...more];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { status, said };
  };
  const row = (name: string, sha256: string | null = hash(yang(name))): Row => ({
    url: `${url}/${name}`,
    sha256,
    licence: 'MIT',
  });
  const kept = (): readonly string[] => readdirSync(join(home, 'yang')).sort();

  it('keeps the files that have their hashes, and fetches no file twice', async () => {
    const modules = { good: row('good'), moved: { ...row('good'), url: `${url}/moved` } };
    expect(await run(modules)).toMatchObject({ status: 0, said: expect.stringContaining('good: fetched') });
    expect(kept()).toEqual(['good.yang', 'moved.yang']);
    expect(readFileSync(join(home, 'yang', 'moved.yang'), 'utf8')).toBe(yang('good'));
    const nowhere = { good: { ...row('good'), url: `${url}/gone` } };
    expect(await run(nowhere)).toMatchObject({ status: 0, said: expect.stringContaining('good: is there') });
  });

  it('names every file that is wrong, missing, truncated or no YANG, and keeps none of them', async () => {
    const { status, said } = await run({
      other: row('other', hash('something else')),
      gone: row('gone'),
      cut: row('cut'),
      page: row('page', hash('<html>module</html>')),
      unreachable: { ...row('x'), url: 'http://127.0.0.1:1/x' },
      good: row('good'),
    });
    expect(status).toBe(1);
    expect(said).toContain(
      `other: WRONG: its SHA-256 is ${hash(yang('other'))}, and the table has ${hash('something else')}`,
    );
    expect(said).toContain('gone: WRONG: the server answers 404');
    expect(said).toMatch(/^cut: WRONG: .+/m);
    expect(said).toContain('page: WRONG: it is not a YANG module');
    expect(said).toMatch(/^unreachable: WRONG: .+/m);
    expect(said).toContain('5 modules are wrong');
    expect(kept()).toEqual(['good.yang']);
  });

  it('replaces a file that was changed since', async () => {
    await run({ good: row('good') });
    writeFileSync(join(home, 'yang', 'good.yang'), 'module bad { }');
    expect(await run({ good: row('good') })).toMatchObject({ status: 0 });
    expect(readFileSync(join(home, 'yang', 'good.yang'), 'utf8')).toBe(yang('good'));
  });

  it('prints the hash of a file that has none in the table, and keeps it when it is pinned', async () => {
    const modules = { fresh: row('fresh', null), hand: { ...row('hand', null), url: null } };
    const first = await run(modules);
    expect(first).toMatchObject({
      status: 0,
      said: expect.stringContaining(`fresh: has the hash ${hash(yang('fresh'))}`),
    });
    expect(first.said).toContain('hand: has no address');
    expect(kept()).toEqual([]);
    expect(await run(modules, '--pin')).toMatchObject({ status: 0 });
    expect(kept()).toEqual(['fresh.yang']);
    const pinned = JSON.parse(readFileSync(join(home, 'table.json'), 'utf8')) as {
      readonly modules: typeof modules;
    };
    expect(pinned.modules.fresh.sha256).toBe(hash(yang('fresh')));
    expect(pinned.modules.hand.sha256).toBeNull();
  });
});

describe('the table of published YANG', () => {
  const table = JSON.parse(readFileSync(file('yang/modules.json'), 'utf8')) as {
    readonly modules: { readonly [name: string]: Row };
    readonly sets: readonly { readonly binding: string; readonly files: readonly string[] }[];
  };

  it('has an address, a hash or null, and a licence of each module', () => {
    for (const [name, { url, sha256, licence }] of Object.entries(table.modules)) {
      expect([name, url ?? 'https://']).toEqual([name, expect.stringMatching(/^https:\/\//)]);
      expect([name, sha256 ?? '0'.repeat(64)]).toEqual([name, expect.stringMatching(/^[0-9a-f]{64}$/)]);
      expect(licence).not.toBe('');
      // A module whose hash is known is of a revision that is known.
      if (sha256 !== null) expect(name).toMatch(/@\d{4}-\d{2}-\d{2}$/);
    }
  });

  it('has a set of modules for each shipped binding of a published model', () => {
    const published = [...bindings.keys()].filter((name) => !name.startsWith('interlock-'));
    expect([...new Set(table.sets.map(({ binding }) => binding))].sort()).toEqual(published.sort());
    for (const { files } of table.sets)
      for (const name of files) expect(Object.keys(table.modules)).toContain(name);
  });

  const debian = '/usr/share/yuma/modules/ietf';
  const shared = Object.keys(table.modules).filter((name) => existsSync(join(debian, `${name}.yang`)));
  if (shared.length > 0)
    it.each(shared)('has the hash that %s has in Debian', (name) => {
      expect(table.modules[name]!.sha256).toBe(hash(readFileSync(join(debian, `${name}.yang`), 'utf8')));
    });
});
