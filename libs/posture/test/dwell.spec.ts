import { describe, expect, it } from '@jest/globals';
import type { PostureLevel } from '@interlock/contracts';
import { fold, given } from '@interlock/kernel';
import fc from 'fast-check';
import { effectiveAt, levelDecider, noHistory, worseLevel, type LevelHistory } from '../src/index.js';
import { ago, codes, healthy, history, now, posture, record, state, states, without } from './assessments.js';

describe('the dwell before a better level', () => {
  it('does not hold the first level of all', () =>
    expect(effectiveAt(noHistory, 'GREEN', now, 60)).toEqual({ effective: 'GREEN', held_until: null }));

  it('rises at once', () => {
    expect(effectiveAt(history(['GREEN', 1000]), 'RED', now, 60)).toEqual({
      effective: 'RED',
      held_until: null,
    });
  });

  it('holds the worse level until the dwell after its end is over', () => {
    expect(effectiveAt(history(['RED', 1000]), 'GREEN', now, 60)).toEqual({
      effective: 'RED',
      held_until: ago(-60),
    });
    expect(effectiveAt(history(['RED', 1000], ['GREEN', 59.999]), 'GREEN', now, 60).effective).toBe('RED');
    expect(effectiveAt(history(['RED', 1000], ['GREEN', 60]), 'GREEN', now, 60)).toEqual({
      effective: 'GREEN',
      held_until: null,
    });
  });

  it('improves to the worst level of the dwell, not further', () => {
    const flapping = history(['RED', 300], ['GREEN', 90], ['YELLOW', 40], ['GREEN', 20]);
    expect(effectiveAt(flapping, 'GREEN', now, 60)).toEqual({ effective: 'YELLOW', held_until: ago(-40) });
    expect(effectiveAt(flapping, 'GREEN', now, 100).effective).toBe('RED');
  });

  it('starts again when the worse level comes back', () => {
    expect(
      effectiveAt(history(['RED', 300], ['GREEN', 90], ['RED', 50], ['GREEN', 49]), 'GREEN', now, 60)
        .effective,
    ).toBe('RED');
  });

  it('of 0 does not hold', () => {
    expect(effectiveAt(history(['RED', 1000]), 'GREEN', now, 0)).toEqual({
      effective: 'GREEN',
      held_until: null,
    });
  });

  it('does not hold after the first report of a signal, which counts at once', () => {
    const before = posture({ own: without('integrity_score') });
    expect(before).toMatchObject({ target: 'GREEN', floor: 'YELLOW', effective: 'YELLOW' });
    const recorded = fold(
      levelDecider,
      levelDecider.decide({ ...record('GREEN', ago(1)), floor: before.floor }, noHistory),
      { occurred_at: ago(1) },
    );
    expect(recorded.current).toMatchObject({ target: 'GREEN', effective: 'YELLOW' });
    expect(posture({ history: recorded })).toMatchObject({ floor: 'GREEN', effective: 'GREEN' });
    expect(levelDecider.decide(record('GREEN', now), recorded)).toMatchObject([
      { data: { effective: 'GREEN' } },
    ]);
  });

  it('holds after a stale signal as after a bad one', () => {
    const stale = posture({ own: { ...states(healthy), integrity_score: state(97.5, 1000) } });
    expect(stale).toMatchObject({ target: 'YELLOW', floor: 'GREEN' });
    expect(posture({ history: history(['YELLOW', 30]) })).toMatchObject({ effective: 'YELLOW' });
  });

  it('is part of the answer, with its end', () => {
    const answer = posture({ history: history(['YELLOW', 1000], ['GREEN', 10]) });
    expect(answer).toMatchObject({
      policy: 'GREEN',
      target: 'GREEN',
      effective: 'YELLOW',
      clears: [`no worse signal until ${ago(-50)}`],
    });
    expect(codes(answer)).toEqual(['DWELL']);
  });

  it('gives the worst level of the last dwell, for any sequence', () => {
    const step = fc.tuple(
      fc.constantFrom<PostureLevel>('GREEN', 'YELLOW', 'ORANGE', 'RED'),
      fc.integer({ min: 1, max: 40 }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 0, max: 120 }),
        (steps, dwell) => {
          let at = Date.parse(now);
          let before: LevelHistory = noHistory;
          const spans: { level: PostureLevel; end: number }[] = [];
          for (const [target, seconds] of steps) {
            const time = new Date(at).toISOString();
            const last = spans.at(-1);
            if (last !== undefined) last.end = at;
            spans.push({ level: target, end: Infinity });
            const expected = spans
              .filter(({ end }) => end > at - dwell * 1000)
              .reduce<PostureLevel>((worst, { level }) => worseLevel(worst, level), target);
            expect(effectiveAt(before, target, time, dwell).effective).toBe(expected);
            before = fold(
              levelDecider,
              levelDecider.decide(record(target, time, dwell), before),
              { occurred_at: time },
              before,
            );
            expect(before.past.length).toBeLessThanOrEqual(4);
            at += seconds * 1000;
          }
        },
      ),
    );
  });
});

describe('the record of levels', () => {
  it('writes the first level and every change, with the previous level', () => {
    const first = given(levelDecider, []).when(record('GREEN', now));
    expect(first.events).toMatchObject([
      {
        type: 'PostureChanged',
        data: { policy: 'GREEN', target: 'GREEN', effective: 'GREEN', previous: null },
      },
    ]);
    expect(given(levelDecider, first.events).when(record('RED', now)).events).toMatchObject([
      { data: { effective: 'RED', previous: { policy: 'GREEN', effective: 'GREEN' } } },
    ]);
  });

  it('writes nothing without a change', () =>
    expect(levelDecider.decide(record('RED', now), history(['RED', 1000]))).toEqual([]));

  it('writes at the end of the dwell, although no signal changed', () => {
    const held = history(['RED', 300], ['GREEN', 60]);
    expect(held.current).toMatchObject({ target: 'GREEN', effective: 'RED' });
    expect(levelDecider.decide(record('GREEN', now), held)).toMatchObject([
      { data: { target: 'GREEN', effective: 'GREEN', previous: { policy: 'GREEN', effective: 'RED' } } },
    ]);
  });

  it("writes a change of the seed's level even if the effective one stays", () => {
    expect(levelDecider.decide(record('YELLOW', now, 60, 'GREEN'), history(['YELLOW', 1000]))).toHaveLength(
      1,
    );
  });
});
