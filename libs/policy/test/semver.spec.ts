import { describe, expect, it } from '@jest/globals';
import { compareVersions, isMajorStep, nextVersion } from '../src/index.js';

describe('versions', () => {
  it.each([
    ['1.2.3', 'patch', '1.2.4'],
    ['1.2.3', 'minor', '1.3.0'],
    ['1.2.3', 'major', '2.0.0'],
    ['0.0.9', 'patch', '0.0.10'],
    ['0.0.99999999999', 'patch', '0.0.100000000000'],
  ] as const)('after %s by a %s step comes %s', (version, step, next) => {
    expect(nextVersion(version, step)).toBe(next);
    expect(compareVersions(version, next)).toBe(-1);
    expect(compareVersions(next, version)).toBe(1);
    expect(isMajorStep(version, next)).toBe(step === 'major');
  });

  it('are ordered by number, not by text', () => {
    expect(['1.10.0', '1.9.0', '1.9.10', '0.100.0', '1.9.9'].sort(compareVersions)).toEqual([
      '0.100.0',
      '1.9.0',
      '1.9.9',
      '1.9.10',
      '1.10.0',
    ]);
    expect(compareVersions('1.0.0', '1.0.0')).toBe(0);
  });

  it('have no other form', () => expect(() => nextVersion('1.0.0-rc.1', 'patch')).toThrow(RangeError));
});
