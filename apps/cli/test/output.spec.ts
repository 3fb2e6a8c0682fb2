import { describe, expect, it } from '@jest/globals';
import stringWidth from 'string-width';
import { parse } from 'yaml';
import { formatOf, jsonText, tableShape, textOf, yamlText } from '../src/output/output.js';
import { Progress, progressText } from '../src/output/progress.js';
import { recordText } from '../src/output/record.js';
import { screenOf, toned, toneOf, type Screen } from '../src/output/screen.js';
import { cut, fitted, shortIds, tableText, type Column } from '../src/output/table.js';
import { durationText, isTime, relativeText, spanText, timeCell, timeText } from '../src/output/times.js';
import { harmless } from '../src/output/visible.js';
import { steering } from './cli-home.js';

const now = Date.parse('2026-03-01T12:00:00.000Z');
const pipe: Screen = { isTerminal: false, columns: undefined, colour: false, now };
const terminal = (columns: number): Screen => ({ isTerminal: true, columns, colour: false, now });
const second = 1000;

describe('times', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [second, '1 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_599_999, '59 min'],
    [3_600_000, '1 h'],
    [86_399_999, '23 h'],
    [86_400_000, '1 d'],
    [-5000, '5 s'],
  ])('%d ms are %s', (ms, text) => expect(spanText(ms)).toBe(text));

  it.each([
    [186_000, '3 min 6 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
    [90_000_000, '1 d 1 h'],
    [126, '126 ms'],
  ])('%d ms last %s', (ms, text) => expect(durationText(ms)).toBe(text));

  it.each([
    [0, 'now'],
    [-499, 'now'],
    [-8 * 60_000, '8 min ago'],
    [27_000, 'in 27 s'],
  ])('%d ms from now is `%s`', (ms, text) => expect(relativeText(now + ms, now)).toBe(text));

  it('in a list are UTC with their age, and have the day if it is not today', () => {
    expect(timeCell('2026-03-01T11:52:00.000Z', now)).toBe('11:52:00, 8 min');
    expect(timeCell('2026-03-01T13:52:00.000+02:00', now)).toBe('11:52:00, 8 min');
    expect(timeCell('2026-02-28T11:52:00.000Z', now)).toBe('02-28 11:52:00, 1 d');
    expect(timeCell('2026-03-01T12:00:27.000Z', now)).toBe('12:00:27, in 27 s');
    expect([timeCell(null, now), timeCell(undefined, now), timeCell('soon', now)]).toEqual(['', '', 'soon']);
    expect(timeText('2026-03-01T11:52:00.123Z', now)).toBe('2026-03-01 11:52:00.123 UTC, 7 min ago');
  });

  it.each([
    ['2026-03-01T12:00:00Z', true],
    ['2026-03-01T12:00:00.000+01:00', true],
    ['2026-03-01', false],
    ['2026-13-01T12:00:00Z', false],
  ])('`%s` is a time: %p', (text, is) => expect(isTime(text)).toBe(is));
});

type Row = { readonly id: string; readonly state: string; readonly why: string; readonly n: number };
const columns: readonly Column<Row>[] = [
  { head: 'ID', of: ({ id }) => id },
  { head: 'STATE', of: ({ state }) => state, toned: true },
  { head: 'N', of: ({ n }) => n, right: true, wide: true },
  { head: 'WHY', of: ({ why }) => why, fit: 6 },
];
const row: Row = { id: 'a-1', state: 'DENIED', why: 'too many entities are affected', n: 7 };

describe('a table', () => {
  it('has a header, aligned columns, and no trailing spaces', () => {
    expect(tableText([row, { ...row, id: 'a-10', why: '' }], columns, pipe)).toBe(
      'ID    STATE   WHY\na-1   DENIED  too many entities are affected\na-10  DENIED',
    );
    expect(tableText([row], columns, pipe, { heads: false })).toBe(
      'a-1  DENIED  too many entities are affected',
    );
    expect(tableText([row], columns, pipe, { wide: true }).split('\n')[0]).toBe('ID   STATE   N  WHY');
  });

  it.each([80, 40, 24, 20])(
    'is no wider than a terminal of %d columns if its columns may be cut',
    (width) => {
      const lines = tableText([row, { ...row, why: '長い理由がここにある' }], columns, terminal(width)).split(
        '\n',
      );
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
    },
  );

  it('omits columns that do not fit when cut, and never cuts fixed ones', () => {
    expect(tableText([row], columns, terminal(16))).toBe('ID   STATE\na-1  DENIED');
    expect(tableText([row], columns, terminal(5))).toBe('ID   STATE\na-1  DENIED');
  });

  it('escapes characters that control a terminal, on one line', () => {
    const text = tableText([{ ...row, why: steering }], columns, pipe);
    expect(text.split('\n')).toHaveLength(2);
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });

  it('has colours for states if the screen supports them', () => {
    const text = tableText([row], columns, { ...terminal(80), colour: true });
    expect(text).toContain('\u001b[31mDENIED\u001b[39m');
    expect(tableText([row], columns, terminal(80))).not.toContain('\u001b');
  });

  it('cuts by display width, not by characters', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abcd', 3)).toBe('ab…');
    expect(cut('長い理由', 5)).toBe('長い…');
    expect(fitted([10, 30, 20], [undefined, 5, 10], 50)).toEqual([10, 16, 20]);
    expect(fitted([10, 30], [undefined, undefined], 20)).toEqual([10, 30]);
  });

  it('has the shortest unique ids, with 13 characters at least', () => {
    const ids = ['0199a000-0000-7000-8000-000000000001', '0199a000-0000-7000-8111-000000000002', 'short'];
    expect([...shortIds(ids).values()]).toEqual(['0199a000-0000-7000-80', '0199a000-0000-7000-81', 'short']);
    expect(shortIds([ids[0]!]).get(ids[0]!)).toBe('0199a000-0000');
  });
});

describe('the screen', () => {
  it.each([
    [{ isTTY: true, columns: 100 }, {}, { isTerminal: true, columns: 100, colour: true }],
    [{ isTTY: true, columns: 100 }, { NO_COLOR: '1' }, { isTerminal: true, columns: 100, colour: false }],
    [{ isTTY: true, columns: 100 }, { NO_COLOR: '' }, { isTerminal: true, columns: 100, colour: true }],
    [{ isTTY: true, columns: 100 }, { TERM: 'dumb' }, { isTerminal: true, columns: 100, colour: false }],
    [{ isTTY: true, columns: 100 }, { COLUMNS: '80' }, { isTerminal: true, columns: 80, colour: true }],
    [{ isTTY: true, columns: 10 }, {}, { isTerminal: true, columns: 40, colour: true }],
    [{ columns: 100 }, { COLUMNS: '80' }, { isTerminal: false, columns: undefined, colour: false }],
  ])('of %j with %j is %j', (stream, env, screen) =>
    expect(screenOf(stream, env, now)).toEqual({ ...screen, now }),
  );

  it('colours only known words', () => {
    const colour = { ...pipe, colour: true };
    expect(toned('COMPLETED', toneOf('COMPLETED'), colour)).toBe('\u001b[32mCOMPLETED\u001b[39m');
    expect(toned('anything', toneOf('anything'), colour)).toBe('anything');
    expect(toned('COMPLETED', 'good', pipe)).toBe('COMPLETED');
    expect(toneOf('canary 10 %')).toBe('waiting');
  });
});

describe('formats', () => {
  const shape = tableShape<Row>(
    () => columns,
    ({ id }) => id,
  );
  it('are a table by default; a pipe may have another default', () => {
    expect(formatOf({}, terminal(80), 'json')).toBe('table');
    expect(formatOf({}, pipe, 'json')).toBe('json');
    expect(formatOf({ output: 'table' }, pipe, 'json')).toBe('table');
    expect(formatOf({ json: true, output: 'yaml' }, pipe)).toBe('json');
    expect(formatOf({ json: false }, pipe)).toBe('table');
  });

  it('are equivalent in JSON and YAML, also for control characters, and name ids', async () => {
    const page = { items: [{ ...row, why: steering }], next: null };
    const json = await textOf(page, shape, 'json', pipe);
    const yaml = await textOf(page, shape, 'yaml', pipe);
    expect([JSON.parse(json), parse(yaml)]).toEqual([page, page]);
    expect(`${json}${yaml}`).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    expect(await textOf(page, shape, 'name', pipe)).toBe('a-1');
    expect(await textOf({ items: [] }, shape, 'table', pipe)).toBe('');
    expect(await yamlText({ a: ['1', 1, 'yes', null] })).toBe('a:\n  - "1"\n  - 1\n  - yes\n  - null');
    expect(jsonText({ a: '\u202e' })).toBe('{\n  "a": "\\u202e"\n}');
  });

  it('print a record by its members, lists as tables, and omit missing values', () => {
    expect(
      recordText(
        {
          name: 'x',
          is_on: true,
          at: '2026-03-01T11:52:00.000Z',
          none: null,
          list: [],
          inner: { a_b: 1 },
          rows: [{ a: 1 }, { b: 'c' }],
        },
        pipe,
      ),
    ).toBe(
      'name   x\nis on  yes\nat     2026-03-01 11:52:00.000 UTC, 8 min ago\n\ninner\n  a b  1\n\nrows\n  A  B\n  1\n     c',
    );
  });
});

describe('the output', () => {
  it('keeps its lines and tabs, and controls nothing', () => {
    expect(harmless('a\tb\nc\u001b[2J\u009b31m\u202e\r', false)).toBe(
      'a\tb\nc\\u001b[2J\\u009b31m\\u202e\\u000d',
    );
  });

  it("has this program's colours if the screen supports them, and no other control sequence", () => {
    const coloured = toned('COMPLETED', 'good', { ...pipe, colour: true });
    expect(harmless(`${coloured}\u001b[31;1m\u001b]0;x\u0007`, true)).toBe(
      `${coloured}\\u001b[31;1m\\u001b]0;x\\u0007`,
    );
    expect(harmless(coloured, false)).toBe('\\u001b[32mCOMPLETED\\u001b[39m');
  });
});

describe('progress', () => {
  const drawn = (isTTY: boolean): readonly [Progress, () => string, (to: number) => void] => {
    let text = '';
    let time = 0;
    const stream = { isTTY, columns: 80, write: (one: string) => (text += one) !== '' };
    const progress = new Progress('verifying', 'events', 200, stream as never, () => time);
    return [progress, () => text, (to) => (time = to)];
  };

  it('is shown after a second, and removed at the end', () => {
    const [progress, text, at] = drawn(true);
    at(999);
    progress.add(10);
    expect(text()).toBe('');
    at(1000);
    progress.add(90);
    expect(text()).toBe(`\r\u001b[2K${progressText('verifying', 'events', 100, 200, 1000)}`);
    progress.end();
    expect(text().endsWith('\r\u001b[2K')).toBe(true);
  });

  it('is silent without a terminal', () => {
    const [progress, text, at] = drawn(false);
    at(5000);
    progress.add(100);
    progress.end();
    expect(text()).toBe('');
  });

  it('has a bar if the end is known', () => {
    expect(progressText('a', 'events', 5000, 10_000, 3000)).toBe(
      `a  ${'█'.repeat(10)}${'░'.repeat(10)}  5,000 of 10,000 events  3 s`,
    );
    expect(progressText('a', 'MB', 1.7, undefined, 3000)).toBe('a  1 MB  3 s');
  });
});
