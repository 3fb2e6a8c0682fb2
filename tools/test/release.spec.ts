import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { buildApps } from '@interlock/testing';
import { describe, expect, it } from '@jest/globals';

import { noticesFile } from '../notices.mjs';
import { accepted, auditFaults } from '../release/audit.mjs';
import { foreignLicences, licencesOf, permits } from '../release/licences.mjs';
import { notesOf } from '../release/notes.mjs';
import { sbomOf } from '../release/sbom.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the licences of packages', () => {
  const packages = licencesOf(root);

  it('are all known and on the list for their use', () => {
    expect(packages.length).toBeGreaterThan(500);
    expect(foreignLicences(packages)).toEqual([]);
  });

  it('are refused if they are foreign, unknown, or only good for tools', () => {
    const of = (licence: string | null, shipped = true): object => ({
      name: 'x',
      version: '1.0.0',
      licence,
      shipped,
    });
    const list = [
      of('MIT'),
      of('GPL-3.0-only'),
      of(null),
      of('MPL-2.0'),
      of('MPL-2.0', false),
      { ...of('OFL-1.1'), name: '@fontsource-variable/x' },
    ];
    expect(foreignLicences(list as never)).toEqual([of('GPL-3.0-only'), of(null), of('MPL-2.0')]);
  });

  it.each([
    ['MIT', true],
    ['MIT OR GPL-3.0-only', true],
    ['MIT AND GPL-3.0-only', false],
    ['(MIT AND Zlib) OR GPL-3.0-only', true],
    ['GPL-3.0-only AND (MIT OR ISC)', false],
    ['MIT GPL-3.0-only', false],
    ['(MIT', false],
    ['', false],
  ])('%s is permitted: %s', (expression, good) => expect(permits(expression)).toBe(good));
});

describe('an audit', () => {
  const url = 'https://github.com/advisories/GHSA-xxxx';
  /** The form of `npm audit --json`: a cause is an advisory, or the name of another package. */
  const report = (severity: string): object => ({
    auditReportVersion: 2,
    vulnerabilities: {
      a: { name: 'a', severity, via: [{ source: 1, name: 'a', title: 'Bad', url, severity }] },
      b: { name: 'b', severity, via: ['a'] },
    },
  });

  it('stops a release from the agreed level on, and names each advisory once', () => {
    expect(auditFaults(report('moderate'), '2027-01-01')).toEqual([]);
    expect(auditFaults(report('high'), '2027-01-01')).toEqual([`a: high, Bad (${url})`]);
    expect(auditFaults(report('unheard-of'), '2027-01-01')).toHaveLength(1);
  });

  it('lets an accepted advisory pass until its day, and not after it', () => {
    const exceptions = [{ url, reason: 'not reached', until: '2027-01-31' }];
    expect(auditFaults(report('high'), '2027-01-31', exceptions)).toEqual([]);
    expect(auditFaults(report('high'), '2027-02-01', exceptions)).toHaveLength(2);
  });

  it('stops a release if there is no report', () => {
    expect(() => auditFaults({ message: '405 Method Not Allowed' }, '2027-01-01')).toThrow('405');
    expect(() => auditFaults(null, '2027-01-01')).toThrow('no report');
  });

  it('has a reason and a day for every accepted advisory', () => {
    for (const { reason, until } of accepted) {
      expect(reason.length).toBeGreaterThan(20);
      expect(until).toMatch(/^\d{4}-\d\d-\d\d$/);
    }
  });
});

describe('tools/release/audit.mjs', () => {
  /** Runs it with a registry that knows these advisories, in the form of npm's registry. */
  const audited = async (advisories: object): Promise<{ readonly code: number; readonly said: string }> => {
    const registry = createServer((request, response) => {
      request.resume();
      response.setHeader('content-type', 'application/json');
      response.statusCode = request.url === '/-/npm/v1/security/advisories/bulk' ? 200 : 404;
      response.end(JSON.stringify(response.statusCode === 200 ? advisories : {}));
    });
    await once(registry.listen(0, '127.0.0.1'), 'listening');
    const { port } = registry.address() as AddressInfo;
    const program = spawn(process.execPath, [join(root, 'tools/release/audit.mjs')], {
      env: { ...process.env, npm_config_registry: `http://127.0.0.1:${port}/` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said, [code]] = await Promise.all([text(program.stdout), once(program, 'exit')]);
    await new Promise((resolve) => registry.close(resolve));
    return { code: code as number, said };
  };
  const url = 'https://github.com/advisories/GHSA-yyyy';
  const advisory = { id: 1, url, title: 'Bad', severity: 'critical', vulnerable_versions: '>=0.0.1' };

  it('names an advisory of a package that a service or the console ships, with exit code 1', async () => {
    for (const name of ['pg', 'react'])
      expect(await audited({ [name]: [advisory] })).toEqual({
        code: 1,
        said: `${name}: critical, Bad (${url})\n`,
      });
  });

  it('says nothing of a package that only tests, or without an advisory, with exit code 0', async () => {
    expect(await audited({ jest: [advisory] })).toEqual({ code: 0, said: '' });
    expect(await audited({})).toEqual({ code: 0, said: '' });
  });
});

describe('the notes of a release', () => {
  const changelog = '# Changelog\n\n## 0.2.0 (2027-01-31)\n\n- A.\n\n## 0.1.0 (unreleased)\n\n- B.\n';

  it('are the section of its version', () => expect(notesOf(changelog, '0.2.0')).toBe('- A.'));

  it('are refused without a section or a date', () => {
    expect(() => notesOf(changelog, '0.2')).toThrow('no section `0.2`');
    expect(() => notesOf(changelog, '0.1.0')).toThrow('(unreleased)');
    expect(() => notesOf('## 1.0.0 (2027-01-31)\n', '1.0.0')).toThrow('says nothing');
  });
});

describe('the SBOM', () => {
  type Component = {
    readonly name: string;
    readonly 'bom-ref': string;
    readonly version?: string;
    readonly hashes?: readonly object[];
  };
  const written = sbomOf(root);
  const sbom = JSON.parse(written) as {
    readonly bomFormat: string;
    readonly metadata: { readonly component: Component };
    readonly components: readonly Component[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  };

  it('is CycloneDX, the same each time, and names the version of Interlock', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(sbom.bomFormat).toBe('CycloneDX');
    expect(sbom.metadata.component).toMatchObject({ name: 'interlock', version });
    expect(sbomOf(root)).toBe(written);
  });

  it('has every shipped package of the lockfile with its version, its address and its checksum', () => {
    const shipped = licencesOf(root).filter((one) => one.shipped);
    expect(sbom.components.map(({ name, version }) => ({ name, version }))).toEqual(
      shipped.map(({ name, version }) => ({ name, version })),
    );
    expect(sbom.components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['pg', 'nats', '@nestjs/core', 'pdf-lib']),
    );
    expect(sbom.components.filter(({ hashes }) => hashes?.length !== 1).map(({ name }) => name)).toEqual([]);
  });

  it('has the dependencies of each package, all of them among the packages', () => {
    const refs = new Set(sbom.components.map((one) => one['bom-ref']));
    expect(sbom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual(
      [],
    );
    const pg = sbom.dependencies.find(({ ref }) => ref.startsWith('pkg:npm/pg@'));
    expect(pg?.dependsOn.map((ref) => ref.replace(/@[^@]*$/, ''))).toContain('pkg:npm/pg-protocol');
  });

  it('has every package of the bundles: the services, the command line and the console', async () => {
    await buildApps('apps/cli', 'apps/interlock');
    const listed = new Set(sbom.components.map(({ name, version }) => `${name} ${version}`));
    for (const folder of ['apps/interlock/run', 'apps/cli/run', 'apps/console/site']) {
      const notices = readFileSync(join(root, folder, noticesFile), 'utf8');
      const bundled = notices
        .split(`\n${'-'.repeat(80)}\n`)
        .map((notice) => /^(\S+ \S+), /.exec(notice)?.[1] ?? notice);
      expect(bundled.length).toBeGreaterThan(40);
      expect([folder, bundled.filter((one) => !listed.has(one))]).toEqual([folder, []]);
    }
    expect(sbom.components.map(({ name }) => name)).toEqual(expect.arrayContaining(['react', 'react-dom']));
  });

  it('has no package that only tests', () =>
    expect(sbom.components.filter(({ name }) => ['jest', 'eslint', 'fast-check'].includes(name))).toEqual(
      [],
    ));
});

describe('tools/release.mjs', () => {
  /** Runs it where no registry answers, so the audit gives no report. */
  const release = (
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): { readonly status: number | null; readonly stderr: string } =>
    spawnSync(process.execPath, [join(root, 'tools/release.mjs'), ...args], {
      encoding: 'utf8',
      env: {
        ...process.env,
        npm_config_registry: 'http://127.0.0.1:9/',
        npm_config_fetch_retries: '0',
        ...environment,
      },
    });

  it('names every reason against a release, and writes nothing', () => {
    const folder = join(root, 'node_modules/.cache/interlock/no-release');
    const { status, stderr } = release(['99.0.0', folder]);
    expect(status).toBe(1);
    expect(stderr).toContain('package.json is version');
    expect(stderr).toContain('CHANGELOG.md has no section `99.0.0`');
    expect(stderr).toContain('there is no golden home of 99.0.0');
    expect(stderr).toContain('npm audit gave no report');
    expect(() => readFileSync(join(folder, 'NOTES.md'))).toThrow('ENOENT');
  });

  it('refuses a folder with other files, and a checkout with changes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'interlock-release-'));
    const repository = mkdtempSync(join(tmpdir(), 'interlock-repository-'));
    spawnSync('git', ['init', '--quiet', repository]);
    writeFileSync(join(repository, 'changed.txt'), '');
    try {
      writeFileSync(join(folder, 'interlock-cli-0.0.1.tgz'), 'of another release');
      const { status, stderr } = release(['99.0.0', folder], {
        GIT_DIR: join(repository, '.git'),
        GIT_WORK_TREE: repository,
      });
      expect(status).toBe(1);
      expect(stderr).toContain(`${folder} is not empty`);
      expect(stderr).toContain('the checkout has changes that are not committed');
      expect(readdirSync(folder)).toEqual(['interlock-cli-0.0.1.tgz']);
    } finally {
      rmSync(repository, { recursive: true });
      rmSync(folder, { recursive: true });
    }
  });

  it('explains its use without arguments', () => {
    const { status, stderr } = release([]);
    expect([status, stderr.split('\n')[0]]).toEqual([2, 'usage: node tools/release.mjs VERSION FOLDER']);
  });
});
