import { describe, expect, it } from '@jest/globals';
import {
  DecisionMemory,
  evaluate,
  kpiEmbedding,
  predict,
  recency,
  recompute,
  similarity,
  type Embedding,
  type TraceV1,
} from '../src/index.js';
import { hoursAgo, memoryOf, now, request, seeded, trace } from './traces.js';

const kpis = (load: number) => ({ users: 200, latency_ms: 10 + load / 10, load_pct: load });

/** Traces whose impact and harm follow from the load before the action, or from nothing. */
const world = (count: number, matters: boolean, over: Partial<TraceV1> = {}): TraceV1[] => {
  const random = seeded(5);
  return Array.from({ length: count }, (_, i) => {
    const load = 5 + 90 * random();
    const impact = (matters ? -load / 4 : 0) + 6 * (random() - 0.5);
    return trace({
      trace_id: `t${i}`,
      context: { affected_entity_count: 3, before: kpis(load) },
      impact_delta: impact,
      harmed: impact < -18,
      finished_at: hoursAgo(count - i),
      ...over,
    });
  });
};
const memory = memoryOf(world(150, true));
const stateIn = ({ context }: TraceV1) => context['before'] as { readonly [kpi: string]: number };

describe("the network's state in a prediction", () => {
  it('makes traces of a like state the nearest, where it has made past errors smaller', () => {
    const [idle, busy] = [10, 90].map((load) => predict(memory, request({ state: kpis(load) })));
    expect(idle!.input['state']).toMatchObject({ embedding: 'kpis-1', kpis: kpis(10) });
    expect(busy!.impact_delta).toBeLessThan(idle!.impact_delta - 5);
    expect(busy!.risk_score).toBeGreaterThan(idle!.risk_score);
    expect(busy!.explanation).toContain("the network's state counts");
  });

  it('counts only if it makes past errors smaller', () => {
    const without = predict(memoryOf(world(150, false)), request());
    expect(predict(memoryOf(world(150, false)), request({ state: kpis(90) }))).toEqual(without);
    expect(without).not.toHaveProperty('lacks_state');
  });

  it('does not count in a small memory, or one without states', () => {
    const small = memoryOf(world(49, true));
    expect(predict(small, request({ state: kpis(90) }))).toEqual(predict(small, request()));
    const imported = memoryOf(world(150, true, { context: {} }));
    expect(predict(imported, request({ state: kpis(90) }))).toEqual(predict(imported, request()));
  });

  it('does not count where fewer than 50 of the last 100 traces have a state', () => {
    const few = (known: number) =>
      memoryOf(world(150, true).map((each, i) => (i < 150 - known ? { ...each, context: {} } : each))).recall(
        request({ state: kpis(50) }),
      ).state;
    expect(few(49)).toBe('none');
    expect(few(100)).not.toBe('none');
  });

  it('finds the same nearest traces as a comparison with each of them', () => {
    const random = seeded(9);
    const traces = world(200, true).map((each) => ({
      ...each,
      parameters: { power_raise_db: 1 + Math.floor(12 * random()) },
    }));
    const parameters = { power_raise_db: 12 };
    const asked = {
      ...request({ state: kpis(70), entity_id: 'another', parameters }),
      trigger_type: 'cell_failover',
      affected_entity_count: 3,
    };
    const vector = kpiEmbedding.embed(asked.state!)!;
    const weightOf = (each: TraceV1): number => {
      const like = similarity(asked, { ...each, affected_entity_count: 3 });
      const state = kpiEmbedding.likeness(vector, kpiEmbedding.embed(stateIn(each))!);
      const ageH = (Date.parse(now) - Date.parse(each.finished_at)) / 3_600_000;
      return (0.7 * like + 0.3 * state) * recency(ageH);
    };
    const wanted = traces.toSorted((a, b) => weightOf(b) - weightOf(a)).slice(0, 25);
    expect(
      memoryOf(traces)
        .recall(asked, true)
        .traces.map(({ trace_id }) => trace_id),
    ).toEqual(wanted.map(({ trace_id }) => trace_id));
  });

  it('does not raise the confidence in old traces of other cells, however like their states are', () => {
    const asked = (state: object) =>
      request({ at: '2028-06-01T12:00:00.000Z', entity_id: 'x', parameters: { tilt: 1 }, ...state });
    const [without, idle] = [asked({}), asked({ state: kpis(10) })].map((one) => predict(memory, one));
    expect(idle!.input).toHaveProperty('state');
    expect(without!.confidence).toBeLessThan(0.8);
    expect(idle!.confidence).toBeLessThanOrEqual(without!.confidence);
  });

  it('never lowers the risk or raises the confidence, whatever a device reports', () => {
    const without = predict(memory, request());
    for (const load of [0, 5, 20, 40, 60, 80, 100, 1e9]) {
      const answer = predict(memory, request({ state: kpis(load) }));
      expect(answer.risk_score).toBeGreaterThanOrEqual(without.risk_score);
      expect(answer.confidence).toBeLessThanOrEqual(without.confidence);
    }
  });

  it.each([
    ['no state', undefined],
    ['an empty state', {}],
    ['only KPIs that are not compared', { temperature_c: 40 }],
    ['a KPI less than the traces have', { users: 200, latency_ms: 12 }],
  ])('is lacking in a request with %s, where it counts', (_name, state) => {
    const answer = predict(memory, request(state === undefined ? {} : { state }));
    expect(answer.lacks_state).toBe(true);
    expect(answer.input).not.toHaveProperty('state');
  });

  it('lacks nothing in an action that only reads', () =>
    expect(predict(memory, request({ read_only: true }))).not.toHaveProperty('lacks_state'));

  it('is recomputed from what the prediction names', () => {
    const answer = predict(memory, request({ state: kpis(90) }));
    expect(recompute(answer)).toEqual(answer);
    const { state, ...input } = answer.input;
    expect(
      recompute({ ...answer, input: { ...input, state: { ...(state as object), risk: 99 } } }),
    ).not.toEqual(answer);
  });

  it('is compared by the embedding that the memory has', () => {
    const blind: Embedding = { name: 'blind-1', share: 0.3, embed: () => [], likeness: () => 0.5 };
    const own = new DecisionMemory(blind);
    for (const [i, each] of world(150, true).entries()) own.add(each, `${i + 1}`);
    expect(predict(own, request({ state: kpis(90) })).input).not.toHaveProperty('state');
    const forced = predict(own, request({ state: kpis(90) }), true);
    expect(forced.input['state']).toMatchObject({ embedding: 'blind-1' });
  });

  it('follows the traces: forgetting them ends its use', () => {
    const own = memoryOf(world(150, true));
    for (let i = 0; i < 80; i += 1) own.forget(`t${i}`, `${200 + i}`);
    own.add(trace({ trace_id: 'last', finished_at: now }), '300');
    expect(own.recall(request({ state: kpis(50) })).state).not.toBe('none');
    for (let i = 80; i < 130; i += 1) own.forget(`t${i}`, `${400 + i}`);
    expect(own.recall(request({ state: kpis(50) })).state).toBe('none');
  });
});

describe("the network's state in the evaluation", () => {
  const by = (traces: readonly TraceV1[]) =>
    Object.fromEntries(evaluate(traces).methods.map((one) => [one.method, one]));

  it('makes predictions better where outcomes follow from it, and changes little where not', () => {
    const follows = by(world(400, true));
    expect(follows['twin']!.error).toBeLessThan(0.8 * follows['twin_stateless']!.error);
    expect(follows['twin']!.brier).toBeLessThan(follows['twin_stateless']!.brier);
    expect(follows['twin']!.coverage).toBeGreaterThan(0.85);
    const other = by(world(400, false));
    expect(other['twin']!.error).toBeLessThan(1.02 * other['twin_stateless']!.error);
  });
});
