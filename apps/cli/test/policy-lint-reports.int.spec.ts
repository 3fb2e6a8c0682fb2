import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lintChecks } from '@interlock/policy';
import { dir, policy, file, writePolicyFiles, removePolicyFiles } from './policy-files.js';

beforeAll(writePolicyFiles);
afterAll(removePolicyFiles);

describe('interlock policy lint', () => {
  describe('as SARIF 2.1.0', () => {
    type Result = {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string; readonly index: number };
          readonly region: { readonly startLine: number; readonly startColumn: number };
        };
      }[];
    };
    type Sarif = {
      readonly $schema: string;
      readonly version: string;
      readonly runs: readonly {
        readonly tool: {
          readonly driver: {
            readonly name: string;
            readonly version: string;
            readonly rules: readonly {
              readonly id: string;
              readonly shortDescription: { readonly text: string };
            }[];
          };
        };
        readonly columnKind: string;
        readonly artifacts: readonly { readonly location: { readonly uri: string } }[];
        readonly results: readonly Result[];
      }[];
    };

    it('has every member that its schema requires, and a place for every finding', async () => {
      file('with space#.json', readFileSync(join(dir, 'faulty.json'), 'utf8'));
      const ran = await policy([
        'lint',
        'faulty.json',
        './with space#.json',
        '--format',
        'sarif',
        '-o',
        'out.sarif',
      ]);
      expect(ran).toMatchObject({ code: 1, stdout: '' });
      const sarif = JSON.parse(readFileSync(join(dir, 'out.sarif'), 'utf8')) as Sarif;
      expect([sarif.version, sarif.runs.length]).toEqual(['2.1.0', 1]);
      expect(sarif.$schema).toMatch(/sarif-schema-2\.1\.0\.json$/);
      const {
        tool: { driver },
        columnKind,
        artifacts,
        results,
      } = sarif.runs[0]!;
      expect(driver.name).not.toBe('');
      expect(driver.rules.map(({ id }) => id)).toEqual([...lintChecks]);
      for (const {
        shortDescription: { text },
      } of driver.rules)
        expect(text).not.toBe('');
      expect(columnKind).toBe('utf16CodeUnits');
      expect(artifacts.map(({ location: { uri } }) => uri)).toEqual(['faulty.json', 'with%20space%23.json']);
      expect(results.length).toBeGreaterThan(5);
      for (const { ruleId, ruleIndex, level, message, locations } of results) {
        expect(driver.rules[ruleIndex]!.id).toBe(ruleId);
        expect(['error', 'warning', 'note']).toContain(level);
        expect(message.text).not.toBe('');
        const [
          {
            physicalLocation: {
              artifactLocation: { uri, index },
              region,
            },
          },
        ] = locations as Result['locations'] & { readonly 0: Result['locations'][number] };
        expect(artifacts[index]!.location.uri).toBe(uri);
        expect(
          Number.isInteger(region.startLine) &&
            region.startLine >= 1 &&
            Number.isInteger(region.startColumn) &&
            region.startColumn >= 1,
        ).toBe(true);
      }
      expect(results.find(({ ruleId }) => ruleId === 'conflicts')).toMatchObject({
        level: 'error',
        locations: [{ physicalLocation: { region: { startLine: 3, startColumn: 3 } } }],
      });
    });

    it('of a clean bundle has no results', async () => {
      const { code, stdout } = await policy(['lint', 'clean.json', '--format', 'sarif']);
      expect([code, (JSON.parse(stdout) as Sarif).runs[0]!.results]).toEqual([0, []]);
    });
  });

  describe('as JUnit XML', () => {
    /** Parses elements and attributes strictly: throws if the text is not well-formed. */
    const parsed = (
      xml: string,
    ): readonly {
      readonly name: string;
      readonly attributes: { readonly [name: string]: string };
      readonly text: string;
    }[] => {
      const found: { name: string; attributes: { [name: string]: string }; text: string }[] = [];
      const open: typeof found = [];
      const decoded = (text: string): string =>
        text.replaceAll(/&(#\d+|\w+);|&/g, (whole, name?: string) => {
          const known: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"' };
          const character =
            name?.startsWith('#') === true ? String.fromCodePoint(Number(name.slice(1))) : known[name ?? ''];
          if (character === undefined) throw new Error(`no entity: ${whole}`);
          return character;
        });
      let rest = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
      for (const character of rest)
        if (character.codePointAt(0)! < 32 && !'\t\n\r'.includes(character))
          throw new Error('a control character');
      while (rest !== '') {
        const match = /^(?:<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)>|([^<]+))/.exec(rest);
        if (match === null) throw new Error(`not well-formed at ${rest.slice(0, 40)}`);
        const [all, slash, name, attributes, text] = match;
        rest = rest.slice(all.length);
        if (text !== undefined) {
          if (open.at(-1) === undefined && text.trim() !== '') throw new Error('text outside');
          if (open.length > 0) open.at(-1)!.text += decoded(text);
        } else if (slash === '/') {
          if (open.pop()?.name !== name) throw new Error(`</${name!}> closes nothing`);
        } else {
          const element = {
            name: name!,
            attributes: Object.fromEntries(
              [...attributes!.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key, value]) => [
                key!,
                decoded(value!),
              ]),
            ),
            text: '',
          };
          found.push(element);
          open.push(element);
        }
      }
      if (open.length > 0) throw new Error('not closed');
      return found;
    };

    it('is well-formed for any content of a bundle, with a test for each check', async () => {
      const { code, stdout } = await policy(['lint', 'faulty.json', 'clean.json', '--format', 'junit']);
      expect(code).toBe(1);
      const elements = parsed(stdout);
      expect(elements[0]).toMatchObject({
        name: 'testsuites',
        attributes: { tests: `${2 * lintChecks.length}`, errors: '0' },
      });
      expect(
        elements.filter(({ name }) => name === 'testcase').map(({ attributes }) => attributes['name']),
      ).toEqual([...lintChecks, ...lintChecks]);
      const failures = elements.filter(({ name }) => name === 'failure');
      expect(elements[0]!.attributes['failures']).toBe(`${failures.length}`);
      expect(failures.map(({ attributes }) => attributes['message']).join()).toContain(
        'rules `yes` and `no` allow and deny the same request',
      );
      expect(failures.map(({ text }) => text).join()).toContain('`"<\'\u{fffd}\'>"`');
    });

    it('counts the findings that fail the command as failed', async () => {
      const [errors, warnings] = [
        await policy(['lint', 'warned.json', '--format', 'junit']),
        await policy(['lint', 'warned.json', '--format', 'junit', '--fail-on', 'warning']),
      ];
      expect([
        errors.code,
        parsed(errors.stdout)[0]!.attributes['failures'],
        warnings.code,
        parsed(warnings.stdout)[0]!.attributes['failures'],
      ]).toEqual([0, '0', 1, '1']);
      expect(parsed(errors.stdout).find(({ name }) => name === 'system-out')?.text).toContain(
        'warned.json:10:',
      );
    });
  });
});
