import { describe, expect, it } from '@jest/globals';
import { withMarker } from '../src/report-files.js';

describe('a marker', () => {
  const green = '<!-- POLICY_ORCHESTRATION: UPDATED 2025-11-14T12:00:00+00:00 policy=GREEN -->';
  const failed = '<!-- POLICY_ORCHESTRATION: FAILED 2025-11-14T12:00:00+00:00 -->';

  it('comes last in a text that has none of its name', () => {
    expect(withMarker('', green)).toBe(`${green}\n`);
    expect(withMarker('# Summary\n', green)).toBe(`# Summary\n${green}\n`);
    expect(withMarker('no line break', green)).toBe(`no line break\n${green}\n`);
  });

  it('replaces the one of its name in place, and repeats of it go', () => {
    expect(withMarker(`# Summary\n${green}\nafter\n`, failed)).toBe(`# Summary\n${failed}\nafter\n`);
    expect(withMarker(`${green}\n${green}\n`, failed)).toBe(`${failed}\n`);
  });

  it('leaves markers of other names as they are', () => {
    const blocked = '<!-- POLICY_RESPONSE: BLOCKED 2025-11-14T12:00:00+00:00 gate=rate_limit -->';
    expect(withMarker(`${blocked}\n`, green)).toBe(`${blocked}\n${green}\n`);
  });
});
