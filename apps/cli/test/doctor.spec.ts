import { describe, expect, it } from '@jest/globals';
import { doctorShape, exitCodeOf, type Result } from '../src/commands/installation/doctor.js';

const screen = { isTerminal: false, columns: undefined, colour: false, now: 0 };
const items: readonly Result[] = [
  { name: 'postgres reachable', status: 'ok', found: 'let in', remedy: null },
  { name: 'nats version', status: 'warning', found: 'nats-server 2.9.10', remedy: 'upgrade' },
  { name: 'nats clock', status: 'skipped', found: 'not told', remedy: null },
];
const broken: Result = { name: 'event store tls', status: 'failed', found: 'a\u001B[31m', remedy: 'repair' };

describe('interlock doctor', () => {
  it('prints a line for each check, what to do under it, and the counts', () => {
    expect(doctorShape.text({ items: [...items, broken] }, screen, false).split('\n')).toEqual([
      'ok       postgres reachable  let in',
      'warning  nats version        nats-server 2.9.10',
      '                             to do: upgrade',
      'skipped  nats clock          not told',
      expect.stringMatching(/^failed {3}event store tls {5}a[^\u001B]*$/),
      '                             to do: repair',
      '1 ok, 1 warning, 1 failed, 1 skipped',
    ]);
  });

  it('ends with 1 only if a check failed', () => {
    expect(exitCodeOf(items)).toBe(0);
    expect(exitCodeOf([...items, broken])).toBe(1);
    expect(exitCodeOf([])).toBe(0);
  });

  it('names the checks for programs', () =>
    expect(doctorShape.names({ items })).toEqual(['postgres reachable', 'nats version', 'nats clock']));
});
