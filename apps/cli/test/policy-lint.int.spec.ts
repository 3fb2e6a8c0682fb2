import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { policy, built, file, rule, bundle, writePolicyFiles, removePolicyFiles } from './policy-files.js';

beforeAll(writePolicyFiles);
afterAll(removePolicyFiles);

describe('interlock policy lint', () => {
  it('prints only the count for a clean bundle, exit code 0', async () => {
    expect(await policy(['lint', 'clean.json'])).toEqual({
      code: 0,
      stdout: '1 file: 0 errors, 0 warnings, 0 info\n',
      stderr: '',
    });
  });

  it('names file, line and column of each finding, with an example request and a fix, exit code 1', async () => {
    const { code, stdout } = await policy(['lint', 'clean.json', 'faulty.json']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'faulty.json:3:3: error conflicts: rules `yes` and `no` allow and deny the same request at priority 1\n    for example: ',
    );
    expect(stdout).toContain(
      'faulty.json:3:101: warning missing_reasons: the reason of rule `no` has 5 characters, at least 10 are needed\n    suggestion: ',
    );
    expect(stdout).toMatch(/2 files: 3 errors, \d+ warnings?, \d+ info\n$/);
  });

  it.each([
    ['error', 0],
    ['warning', 1],
  ])('--fail-on %s: a warning ends with exit code %i', async (severity, code) => {
    expect((await policy(['lint', 'warned.json', '--fail-on', severity])).code).toBe(code);
  });

  it('as JSON has the report of each file', async () => {
    const { code, stdout } = await policy(['lint', 'warned.json', '--format', 'json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        passed: true,
        files: [
          {
            file: 'warned.json',
            passed: true,
            counts: { warning: 1 },
            findings: [{ check: 'missing_reasons', line: 10 }],
          },
        ],
      },
    ]);
  });

  it('uses the built-in action types, and those of a catalogue', async () => {
    file(
      'own.json',
      bundle([
        rule({ action: 'antenna_tilt', conditions: [{ field: 'parameters.degrees', op: '<=', value: 3 }] }),
      ]),
    );
    file('catalogue.json', {
      items: [
        {
          action_type: 'antenna_tilt',
          title: 'Tilt',
          parameters: { type: 'object', properties: { degrees: { type: 'number' } } },
          impact_fields: [],
          reversible: true,
          read_only: false,
          external_contact: false,
          handler: null,
        },
      ],
      next: null,
    });
    expect(await policy(['lint', 'own.json'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(
        'own.json:7:17: error schema: rule `night`: action type `antenna_tilt` is not registered',
      ),
    });
    expect((await policy(['lint', 'own.json', '--catalogue', 'catalogue.json'])).code).toBe(0);
  });

  it("applies the tenant's invariants and severities, and compares with the previous bundle", async () => {
    file('settings.json', {
      invariants: [
        { id: 'no-night', description: 'never by itself', never: 'ALLOW', action: 'cell_failover' },
      ],
      severities: { disabled_rules: 'error' },
      revision: '3',
      position: null,
    });
    expect((await policy(['lint', 'clean.json', '--settings', 'settings.json'])).stdout).toContain(
      'error invariants: the invariant `no-night` does not hold',
    );
    file('before.json', bundle([], '0.9.0'));
    file('looser.json', bundle([rule()], '0.10.0'));
    expect(
      (await policy(['lint', 'looser.json', '--previous', 'before.json', '--fail-on', 'warning'])).stdout,
    ).toContain('warning more_permissive');
  });

  it('the built program: files, the standard input, unreadable input', async () => {
    expect(await built(['lint', 'clean.json'])).toEqual({
      code: 0,
      stdout: '1 file: 0 errors, 0 warnings, 0 info\n',
      stderr: '',
    });
    expect(await built(['lint', '-'], JSON.stringify(bundle([rule({ effect: 'maybe' })])))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('-:1:'),
    });
    expect(await built(['lint', 'nowhere.json'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'interlock: nowhere.json cannot be read: there is no such file or folder\n',
    });
    expect(await built(['lint'])).toMatchObject({ code: 2, stdout: '' });
  });

  it.each<readonly [string, readonly string[]]>([
    ['no file', ['lint']],
    ['a file that is not there', ['lint', 'clean.json', 'nowhere.json']],
    ['no JSON', ['lint', 'text.json']],
    ['what is not a bundle', ['lint', 'list.json']],
    ['an exported bundle', ['lint', 'signed.json']],
    ['an unknown format', ['lint', 'clean.json', '--format', 'html']],
    ['an unknown option', ['lint', 'clean.json', '--nope']],
    ['a catalogue that is none', ['lint', 'clean.json', '--catalogue', 'clean.json']],
    ['settings that are none', ['lint', 'clean.json', '--settings', 'bad-settings.json']],
    ['no running system', ['lint', 'clean.json', '--online', '--catalogue', 'clean.json']],
    ['an output that cannot be written', ['lint', 'clean.json', '-o', 'no/such/folder/out.txt']],
  ])('%s ends with exit code 2', async (_, args) => {
    file('text.json', '{ "version": ');
    file('list.json', []);
    file('bad-settings.json', { invariants: [{ id: 'x' }] });
    file('signed.json', { format: 'interlock-bundle/1', bundle: bundle() });
    const ran = await policy(args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).not.toBe('');
  });
});
