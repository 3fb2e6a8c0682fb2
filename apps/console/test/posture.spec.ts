import { describe, expect, it } from '@jest/globals';
import { distanceText, limitsRange, limitsText, nearestText } from '../src/posture/distance.js';
import { spansOf } from '../src/posture/spans.js';

type Judged = Parameters<typeof nearestText>[0];
const posture: Judged = {
  inputs: {
    trust_locked: false,
    integrity_score: 98.7,
    consensus_pct: 97.2,
    reputation_score: 38.33,
    forecast_risk: 'low',
    recent_responses: 1,
  },
  thresholds: {
    red_integrity: 90,
    red_consensus: 85,
    red_responses: 8,
    yellow_integrity: 95,
    yellow_consensus: 90,
    yellow_reputation: 50,
    yellow_responses: 4,
  },
};
const withInputs = (inputs: Partial<Judged['inputs']>): Judged => ({
  ...posture,
  inputs: { ...posture.inputs, ...inputs },
});

describe('the distance of a signal from its limits', () => {
  it('is above or below, and never a negative one above', () => {
    expect(distanceText('integrity_score', posture)).toBe('3.7 above YELLOW');
    expect(distanceText('reputation_score', posture)).toBe('11.7 below YELLOW');
    expect(limitsText('integrity_score', posture)).toBe('YELLOW below 95, RED below 90');
  });

  it('counts responses to the next level, and steps of the forecast', () => {
    expect(distanceText('recent_responses', posture)).toBe('3 more for YELLOW');
    expect(distanceText('recent_responses', withInputs({ recent_responses: 5 }))).toBe('3 more for RED');
    expect(distanceText('recent_responses', withInputs({ recent_responses: 9 }))).toBe('at RED');
    expect(distanceText('forecast_risk', posture)).toBe('2 steps from YELLOW');
    expect(distanceText('forecast_risk', withInputs({ forecast_risk: 'high' }))).toBe('at YELLOW');
    expect(distanceText('trust_locked', withInputs({ trust_locked: true }))).toBe('at RED');
  });

  it('names the signal that is nearest to a limit', () => {
    expect(nearestText(withInputs({ reputation_score: 94 }))).toBe(
      'Nearest limit: integrity, 3.7 above YELLOW',
    );
    expect(nearestText(posture)).toBe('Nearest limit: reputation, 11.7 below YELLOW');
    expect(nearestText(withInputs({ reputation_score: 94, recent_responses: 4 }))).toBe(
      'Nearest limit: responses, 4 more for RED',
    );
  });
});

describe('the range of a signal', () => {
  it('has bands without a gap, and holds the value however bad it is', () => {
    for (const name of [
      'integrity_score',
      'consensus_pct',
      'reputation_score',
      'forecast_risk',
      'recent_responses',
      'trust_locked',
    ] as const)
      for (const judged of [posture, withInputs({ integrity_score: 12, recent_responses: 40 })]) {
        const { from, to, bands, value } = limitsRange(name, judged);
        expect(bands[0]?.from).toBe(from);
        expect(bands.at(-1)?.to).toBe(to);
        for (const [i, band] of bands.entries()) if (i > 0) expect(band.from).toBe(bands[i - 1]?.to);
        expect(value).toBeGreaterThanOrEqual(from);
        expect(value).toBeLessThanOrEqual(to);
      }
    expect(limitsRange('integrity_score', withInputs({ integrity_score: 12 })).from).toBe(12);
  });
});

describe('the spans of a trend', () => {
  const at = (minutes: number): string => new Date(Date.UTC(2026, 10, 20, 3, minutes)).toISOString();
  const time = { GREEN: 0, YELLOW: 0, ORANGE: 0, RED: 0, unknown: 0 };

  it('go from change to change, and begin with the level that the first change left', () => {
    const spans = spansOf({
      from: at(0),
      to: at(30),
      transitions: [
        { at: at(10), from: 'GREEN', to: 'RED' },
        { at: at(20), from: 'RED', to: 'YELLOW' },
      ],
      time_in_level_s: { ...time, GREEN: 600, RED: 600, YELLOW: 600 },
    });
    expect(spans.map(({ level, from, to }) => [level, (to - from) / 60_000])).toEqual([
      ['GREEN', 10],
      ['RED', 10],
      ['YELLOW', 10],
    ]);
  });

  it('leave out the time before the first evaluation', () => {
    const steady = { from: at(0), to: at(30), transitions: [] };
    expect(spansOf({ ...steady, time_in_level_s: { ...time, GREEN: 1200, unknown: 600 } })).toEqual([
      { level: 'GREEN', from: Date.parse(at(10)), to: Date.parse(at(30)) },
    ]);
    expect(spansOf({ ...steady, time_in_level_s: { ...time, unknown: 1800 } })).toEqual([]);
  });
});
