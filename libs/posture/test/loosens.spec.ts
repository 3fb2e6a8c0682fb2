import { describe, expect, it } from '@jest/globals';
import { defaultPostureConfig, postureLoosens, type PostureConfig } from '../src/index.js';

const gate = { GREEN: 'pass', YELLOW: 'approval', ORANGE: 'approval', RED: 'deny' } as const;
const before: PostureConfig = {
  ...defaultPostureConfig,
  orange: { orange_integrity: 92, orange_consensus: 87, orange_responses: 6 },
  sources: { integrity_score: 'both' },
};
const { thresholds, max_age_s } = before;

describe('what loosens a posture', () => {
  it.each<[string, Partial<PostureConfig>, readonly string[]]>([
    ['nothing', {}, []],
    ['a lower score', { thresholds: { ...thresholds, red_integrity: 80 } }, ['/thresholds/red_integrity']],
    ['a higher score', { thresholds: { ...thresholds, red_integrity: 94 } }, []],
    ['a higher count', { thresholds: { ...thresholds, red_responses: 9 } }, ['/thresholds/red_responses']],
    ['a lower count', { thresholds: { ...thresholds, yellow_responses: 3 } }, []],
    ['no ORANGE', { orange: null }, ['/orange']],
    [
      'a lower ORANGE',
      { orange: { orange_integrity: 91, orange_consensus: 88, orange_responses: 6 } },
      ['/orange/orange_integrity'],
    ],
    ['a default that counts', { on_missing: 'seed' }, ['/on_missing']],
    ['a shorter dwell', { dwell_s: 1 }, ['/dwell_s']],
    ['a longer dwell', { dwell_s: 3600 }, []],
    [
      'a signal that never goes stale',
      { max_age_s: { ...max_age_s, consensus_pct: null } },
      ['/max_age_s/consensus_pct'],
    ],
    ['a signal that goes stale sooner', { max_age_s: { ...max_age_s, consensus_pct: 1 } }, []],
    [
      'one source instead of both',
      { sources: { integrity_score: 'external' } },
      ['/sources/integrity_score'],
    ],
    ['a source that no longer is chosen', { sources: {} }, ['/sources/integrity_score']],
    [
      'both sources instead of the default',
      { sources: { integrity_score: 'both', forecast_risk: 'both' } },
      [],
    ],
    ['a gate that passes', { gate: { ...gate, YELLOW: 'pass' } }, ['/gate/YELLOW']],
    ['a gate that denies', { gate: { ...gate, YELLOW: 'deny', ORANGE: 'deny' } }, []],
  ])('%s', (_, change, expected) => {
    const after = { ...before, ...change };
    expect(postureLoosens(gate)(before, after).map(({ pointer }) => pointer)).toEqual(expected);
  });
});
