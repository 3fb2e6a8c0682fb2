import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { riskLevelOf } from '@interlock/kernel';
import {
  judgedTrace,
  largeMemory,
  methodIn,
  predict,
  recency,
  recompute,
  similarity,
  type Features,
  type TraceV1,
} from '../src/index.js';
import { hoursAgo, memoryOf, request, seeded, trace } from './traces.js';

const features = (over: Partial<Features> = {}): Features => ({
  entity_id: 'gnb-001-cell-1',
  parameters: { power_raise_db: 3 },
  trigger_type: 'x',
  affected_entity_count: 3,
  ...over,
});
const good = (count: number, over: (i: number) => Partial<TraceV1> = () => ({})): TraceV1[] =>
  Array.from({ length: count }, (_, i) =>
    trace({
      trace_id: `g${i}`,
      entity_id: `gnb-00${1 + (i % 4)}-cell-${1 + (i % 3)}`,
      finished_at: hoursAgo(count - i),
      impact_delta: -1 - (i % 5),
      ...over(i),
    }),
  );

describe('a prediction from a small memory', () => {
  it('of mostly good traces is LOW and confident enough for an automatic action', () => {
    const answer = predict(
      memoryOf([
        ...good(26),
        ...Array.from({ length: 4 }, (_, i) =>
          trace({
            trace_id: `h${i}`,
            entity_id: 'gnb-004-cell-2',
            parameters: { power_raise_db: 6 },
            harmed: true,
            impact_delta: -30,
            finished_at: hoursAgo(10 + i),
          }),
        ),
      ]),
      request(),
    );
    expect(answer).toMatchObject({ basis: 'memory', risk_level: 'LOW' });
    expect(answer.confidence).toBeGreaterThanOrEqual(0.8);
  });

  it('of harmful traces is HIGH, of mixed ones in between', () => {
    const harmful = good(30, (i) => ({ harmed: i % 10 !== 0, impact_delta: -40 }));
    expect(predict(memoryOf(harmful), request()).risk_level).toBe('HIGH');
    expect(
      predict(
        memoryOf([
          trace({ trace_id: 'a', harmed: true }),
          trace({ trace_id: 'b' }),
          trace({ trace_id: 'c' }),
        ]),
        request(),
      ).risk_level,
    ).toBe('MEDIUM');
  });

  it('counts an action that a person judged bad as harmful, whatever its outcome', () => {
    const memory = memoryOf([
      trace({ trace_id: 't1' }),
      trace({ trace_id: 't2' }),
      trace({ trace_id: 't3' }),
    ]);
    const before = predict(memory, request()).risk_score;
    const found = memory.find('t2');
    const judged = found === undefined ? null : judgedTrace(found, 'bad');
    expect(judged).toMatchObject({ harmed: true, judged: 'bad' });
    if (judged !== null) memory.add(judged, '9');
    expect(memory.size).toBe(3);
    expect(predict(memory, request()).risk_score).toBeGreaterThan(before);
    expect(judged === null ? null : judgedTrace(judged, 'bad')).toBeNull();
    expect(memory.find('other')).toBeUndefined();
  });

  it("counts a harmless action's negative impact as part of its risk", () => {
    const risk = (impact_delta: number): number =>
      predict(memoryOf([trace({ impact_delta })]), request()).risk_score;
    expect(risk(-60)).toBeGreaterThan(risk(0));
    expect(risk(60)).toBe(risk(0));
  });

  it('is less sure of one trace than of three, and of old ones than of new', () => {
    const sure = (count: number, age: number): number =>
      predict(
        memoryOf(good(count, () => ({ entity_id: 'gnb-001-cell-1', finished_at: hoursAgo(age) }))),
        request(),
      ).confidence;
    expect(sure(1, 1)).toBeLessThan(0.7);
    expect(sure(3, 1)).toBeGreaterThan(sure(1, 1));
    expect(sure(3, 24 * 90)).toBeLessThan(sure(3, 1));
  });

  it("shows the three nearest with their weights, whatever the memory's order", () => {
    const traces = good(20);
    expect(predict(memoryOf(traces.toReversed()), request()).traces).toEqual(
      predict(memoryOf(traces), request()).traces,
    );
    expect(predict(memoryOf(traces), request()).traces).toHaveLength(3);
  });

  it('gives intervals at least as wide as noise that contain the predicted value', () => {
    const answer = predict(
      memoryOf(good(3, () => ({ impact_delta: -1, impact_by_kpi: { latency_ms: 2, users: 0, things: 5 } }))),
      request(),
    );
    expect(answer.interval_by_kpi['latency_ms']).toEqual([-4, 8]);
    expect(answer.interval_by_kpi['users']).toEqual([-10, 10]);
    expect(answer.interval_by_kpi['things']).toEqual([2, 8]);
    expect(answer.confidence_interval).toEqual([-3.5, 1.5]);
  });

  it('predicts a KPI from the traces that have it', () => {
    const answer = predict(
      memoryOf([
        trace({ trace_id: 'a', impact_by_kpi: { users: 4 } }),
        trace({ trace_id: 'b', impact_by_kpi: {} }),
      ]),
      request(),
    );
    expect(answer.impact_by_kpi).toEqual({ users: 4 });
  });
});

describe('which traces count', () => {
  const used = (traces: readonly TraceV1[], over = {}): readonly string[] =>
    predict(memoryOf(traces), request(over)).traces.map(({ trace_id }) => trace_id);

  it('leaves out a trace of the same incident', () => {
    const traces = [
      trace({ trace_id: 'own', incident_id: 'i1' }),
      trace({ trace_id: 'other', incident_id: 'i2' }),
      trace({ trace_id: 'none' }),
    ];
    expect(used(traces, { incident_id: 'i1' })).toEqual(['none', 'other']);
    expect(used(traces)).toHaveLength(3);
  });

  it('leaves out another action type, and another trigger unless it is the action type itself', () => {
    const traces = [
      trace({ trace_id: 'type', action_type: 'qos_tune' }),
      trace({ trace_id: 'trigger', trigger_type: 'storm' }),
      trace({ trace_id: 'same', trigger_type: 'overload' }),
      trace({ trace_id: 'plain' }),
    ];
    expect(used(traces, { trigger_type: 'overload' })).toEqual(['same', 'plain']);
  });

  it('prefers similar traces to recent ones, and recent ones among similar ones', () => {
    const traces = [
      trace({
        trace_id: 'fresh-unlike',
        entity_id: 'xyz',
        parameters: { other: true },
        context: { affected_entity_count: 90 },
        finished_at: hoursAgo(0),
      }),
      trace({ trace_id: 'old-alike', finished_at: hoursAgo(200) }),
      trace({ trace_id: 'new-alike', finished_at: hoursAgo(100) }),
    ];
    expect(used(traces)).toEqual(['new-alike', 'old-alike', 'fresh-unlike']);
  });

  it('replaces a trace by its latest form, and ignores the same form', () => {
    const memory = memoryOf([trace({ impact_delta: -1 })]);
    memory.add(trace({ impact_delta: -1 }), '9');
    expect([memory.version, memory.size]).toEqual(['1', 1]);
    memory.add(trace({ impact_delta: -5, outcome: 'ROLLED_BACK', harmed: true }), '10');
    expect([memory.version, memory.size, predict(memory, request()).impact_delta]).toEqual(['10', 1, -5]);
  });

  it("recognises a completed action's trace, even if it was rolled back since", () =>
    expect(memoryOf([trace({ outcome: 'ROLLED_BACK' })]).has(trace({ outcome: 'COMPLETED' }))).toBe(true));

  it('knows a trace by its id and outcome', () => {
    const memory = memoryOf([trace()]);
    expect([
      memory.has(trace()),
      memory.has(trace({ outcome: 'ROLLED_BACK' })),
      memory.has(trace({ trace_id: 'other' })),
    ]).toEqual([true, false, false]);
  });

  it('forgets the oldest of a type beyond a thousand', () => {
    const memory = memoryOf(Array.from({ length: 1005 }, (_, i) => trace({ trace_id: `${i}` })));
    expect(memory.size).toBe(1000);
    expect(memory.recall(request()).eligible).toBe(1000);
  });
});

describe('a prediction from a large memory', () => {
  /**
   * Impact depends on the raised power, plus noise: what a nearest-neighbour predictor can learn.
   */
  const world = (count: number, seed: number): TraceV1[] => {
    const random = seeded(seed);
    return Array.from({ length: count }, (_, i) => {
      const power = Math.floor(random() * 6);
      const impact = -2 * power + 4 * (random() + random() - 1);
      return trace({
        trace_id: `w${i}`,
        parameters: { power_raise_db: power },
        finished_at: hoursAgo(count - i),
        impact_delta: impact,
        impact_by_kpi: { latency_ms: 10 * impact },
        harmed: random() < power / 12,
      });
    });
  };

  it('begins with the fiftieth trace and uses the nearest 25', () => {
    expect(predict(memoryOf(world(largeMemory - 1, 1)), request()).traces).toHaveLength(3);
    const large = predict(memoryOf(world(largeMemory, 1)), request());
    expect(large.traces).toHaveLength(25);
    expect(large.input['half_widths']).not.toBeNull();
  });

  it('is of the three nearest alone by the method `top_three`, and says so', () => {
    const memory = memoryOf(good(60));
    const usual = predict(memory, request());
    const answer = predict(memory, request(), undefined, 'top_three');
    expect(answer.traces).toEqual(usual.traces.slice(0, 3));
    expect(answer.input).toMatchObject({ method: 'top_three', eligible: 60, half_widths: null });
    expect([methodIn(answer), methodIn(usual)]).toEqual(['top_three', 'nearest']);
    expect(usual.input).not.toHaveProperty('method');
    expect(recompute(answer)).toEqual(answer);
  });

  it('covers about nine of ten unseen outcomes with its interval', () => {
    const traces = world(700, 42);
    const memory = memoryOf(traces.slice(0, 300));
    let inside = 0;
    for (const [i, next] of traces.slice(300).entries()) {
      const answer = predict(memory, request({ parameters: next.parameters, at: next.finished_at }));
      if (
        next.impact_delta >= answer.confidence_interval[0] &&
        next.impact_delta <= answer.confidence_interval[1]
      )
        inside += 1;
      memory.add(next, `${301 + i}`);
    }
    expect(inside / 400).toBeGreaterThan(0.85);
    expect(inside / 400).toBeLessThan(0.97);
  });

  it('gives the same answer whatever was predicted before', () => {
    const traces = world(200, 7);
    const asked = memoryOf([]);
    for (const [i, each] of traces.entries()) {
      asked.add(each, `${i + 1}`);
      if (i % 10 === 0) predict(asked, request());
    }
    expect(predict(asked, request())).toEqual(predict(memoryOf(traces), request()));
  });
});

describe('a prediction without memory', () => {
  it('is marked, and riskier for more affected entities', () => {
    const [one, many] = [
      predict(undefined, request({ affected_entity_count: 1 })),
      predict(undefined, request({ affected_entity_count: 40 })),
    ];
    expect(one).toMatchObject({ basis: 'heuristic', risk_score: 40, traces: [], memory_version: '0' });
    expect(many.risk_score).toBe(95);
    expect(many.confidence).toBeLessThan(one.confidence);
    expect(one.confidence).toBeLessThan(0.7);
  });

  it('is the same for a memory without this type', () => {
    expect(predict(memoryOf([trace({ action_type: 'qos_tune' })]), request())).toMatchObject({
      basis: 'heuristic',
      memory_version: '1',
    });
  });
});

describe('a recorded prediction', () => {
  const worlds = [memoryOf([]), memoryOf(good(5)), memoryOf(good(120, (i) => ({ harmed: i % 9 === 0 })))];

  it.each(worlds.map((memory) => [memory.size, memory] as const))(
    'of %i traces can be recomputed from its JSON',
    (_size, memory) => {
      const made = predict(memory, request());
      const read = JSON.parse(JSON.stringify(made)) as typeof made;
      expect(recompute(read)).toEqual(made);
    },
  );

  it('that was changed is found', () => {
    const made = predict(worlds[1], request());
    expect(recompute({ ...made, risk_score: made.risk_score + 1 })?.risk_score).toBe(made.risk_score);
    expect(
      recompute({ ...made, traces: made.traces.map((each) => ({ ...each, harmed: true })) })?.risk_score,
    ).not.toBe(made.risk_score);
  });

  it('of another kind is not recomputed', () => {
    const made = predict(worlds[1], request());
    expect(recompute({ ...made, input: {} })).toBeUndefined();
  });

  it('of a read-only action is recomputed, and has no traces', () => {
    const made = predict(worlds[1], { ...request(), read_only: true });
    expect(made.basis).toBe('no_effect');
    expect(recompute(made)).toEqual(made);
    expect(recompute({ ...made, risk_score: 0 })).toEqual(made);
    expect(recompute({ ...predict(worlds[1], request()), basis: 'no_effect' })?.traces).toEqual([]);
  });
});

describe('risk levels', () => {
  it.each([
    [1, 'LOW'],
    [33, 'LOW'],
    [34, 'MEDIUM'],
    [66, 'MEDIUM'],
    [67, 'HIGH'],
    [99, 'HIGH'],
  ] as const)('%i is %s', (score, level) => expect(riskLevelOf(score)).toBe(level));
});

describe('likeness', () => {
  it('is 1 for equal actions, above 0 for any, and symmetric', () => {
    const some = fc.record({
      entity_id: fc.constantFrom('gnb-001-cell-1', 'gnb-001-cell-2', 'gnb-002-cell-1', '…', ''),
      trigger_type: fc.constantFrom('x', 'y'),
      affected_entity_count: fc.option(fc.nat(5)),
      parameters: fc.dictionary(
        fc.constantFrom('a', 'b'),
        fc.oneof(
          fc.integer(),
          fc.boolean(),
          fc.constant(null),
          fc.array(fc.constantFrom('n1', 'n2')),
          fc.record({ c: fc.integer() }),
        ),
      ),
    });
    fc.assert(
      fc.property(some, some, (a, b) => {
        expect(similarity(a, a)).toBeCloseTo(1, 9);
        expect(similarity(a, b)).toBeGreaterThan(0);
        expect(similarity(a, b)).toBeLessThanOrEqual(1 + 1e-9);
        expect(similarity(a, b)).toBeCloseTo(similarity(b, a), 9);
      }),
    );
  });

  it.each<[string, Partial<Features>, Partial<Features>]>([
    ['the same cell over a sister cell', { entity_id: 'gnb-001-cell-1' }, { entity_id: 'gnb-001-cell-2' }],
    ['a sister cell over one elsewhere', { entity_id: 'gnb-001-cell-2' }, { entity_id: 'gnb-009-cell-2' }],
    [
      'a near number over a far one',
      { parameters: { power_raise_db: 4 } },
      { parameters: { power_raise_db: 30 } },
    ],
    ['the same trigger', {}, { trigger_type: 'other' }],
    ['the same size', {}, { affected_entity_count: 30 }],
    [
      'a list with one in common',
      { parameters: { neighbours: ['a'] } },
      { parameters: { neighbours: ['z'] } },
    ],
  ])('prefers %s', (_what, nearer, farther) => {
    const from = features({ parameters: { power_raise_db: 3, neighbours: ['a', 'b'] } });
    const like = (over: Partial<Features>): number =>
      similarity(from, features({ parameters: { power_raise_db: 3, neighbours: ['a', 'b'] }, ...over }));
    expect(like(nearer)).toBeGreaterThan(like(farther));
  });

  it('fades with age to a half in a month and to a tenth in the end', () =>
    expect([recency(0), recency(-5), recency(720), recency(1e9)]).toEqual([1, 1, 0.5, 0.1]));
});
