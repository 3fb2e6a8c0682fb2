import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { exportedEvent, readExportedLine, type ExportedEvent } from '@interlock/tree';
import { Replay, type ReplayReport } from '../src/index.js';

// The demo's log, recorded by `node tools/record-demo.mjs`: its four outcomes, and an action that
// is still open.
const golden = readFileSync(new URL('../../../fixtures/streams/demo.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n');

const replayed = (lines: readonly string[]): ReplayReport => {
  const replay = new Replay();
  for (const line of lines) {
    const read = readExportedLine(line);
    if ('fault' in read) throw new Error(read.fault);
    if (!replay.take(read.event)) break;
  }
  return replay.end();
};
const events = golden.map((line) => JSON.parse(line) as ExportedEvent & { data: Members });
type Members = { [member: string]: never };
type Change = (data: Members) => void;
/** The part of an event about one gate. */
const lookAt = (data: { readonly gates?: readonly Members[] }, gate: string): Members | undefined =>
  data.gates?.find((record) => record['gate'] === gate);

/**
 * The log with a change in the last event of a type; for a gate, in the last event that judged it.
 */
const tampered = (of: string, change: Change): { readonly lines: readonly string[]; readonly id: string } => {
  const [type, gate] = of.split(' ');
  const place = events.findLastIndex(
    (e) => e.type === type && (gate === undefined || lookAt(e.data, gate) !== undefined),
  );
  if (place < 0) throw new Error(`the golden log has no ${type}`);
  const copy = structuredClone(events[place]!);
  change(gate === undefined ? copy.data : lookAt(copy.data, gate)!);
  return { lines: golden.map((line, i) => (i === place ? JSON.stringify(copy) : line)), id: copy.id };
};
const set =
  (path: string, value: unknown): Change =>
  (data) => {
    const steps = path.split('.');
    const last = steps.pop()!;
    let at: Record<string, never> = data;
    for (const step of steps) at = at[step]!;
    at[last] = value as never;
  };

describe('replay of a recorded log', () => {
  it('replays every decision without a difference', () => {
    const report = replayed(golden);
    expect(report.difference).toBeNull();
    // A tenant's export lacks what `_system` holds: action types, the switch, how many people a
    // change needs. Unless it is whole, it also lacks the history.
    expect(Object.keys(report.unchecked).sort()).toEqual([
      'action_type',
      'alert',
      'change',
      'global_switch',
      'history',
      'posture',
    ]);
    for (const kind of [
      'evaluation',
      'gate',
      'mode',
      'prediction',
      'auto_approval',
      'budget',
      'validation',
      'refusal',
      'execution',
    ])
      expect(report.checked[kind]).toBeGreaterThan(0);
  });

  it.each<readonly [string, string, Change]>([
    ['a verdict', 'GatesJudged blast_radius', set('verdict', 'inconclusive')],
    ['what a gate saw', 'GatesJudged blast_radius', set('saw.affected_entity_count', 99)],
    ['the reason of a refusal', 'ActionDenied', set('reasons', [])],
    ['a decision of the policies', 'GatesJudged policy', set('saw.evaluation.decision', 'DENY')],
    ['the input of an evaluation', 'GatesJudged policy', set('saw.evaluation.input.context.risk_score', 99)],
    [
      'a rule of the bundle',
      'BundleCreated',
      (data) => {
        (data['rules'] as unknown as { priority: number }[])[0]!.priority += 1;
      },
    ],
    ['a mode', 'GatesJudged autonomy_mode', set('saw.answer.mode', 'DISABLED')],
    ["a mode's configuration", 'AutonomyModeSet', set('mode', 'PROPOSE_ONLY')],
    ['a risk score', 'GatesJudged prediction', set('saw.answer.risk_score', 50)],
    [
      'a trace behind a prediction',
      'GatesJudged prediction',
      (data) => {
        (
          data as unknown as { saw: { answer: { traces: { weight: number }[] } } }
        ).saw.answer.traces[0]!.weight = 9;
      },
    ],
    ['an automatic approval', 'GatesJudged auto_approval', set('saw.answer.decision', 'BLOCK')],
    ["a budget's count", 'BudgetConsumed', set('count', 7)],
    ['a posture', 'GatesJudged posture', set('saw.answer.effective', 'RED')],
    ['an observed KPI', 'OutcomeValidated', set('observation.delta.drop_rate_pct', 50)],
  ])('finds a change of %s', (_, type, change) => {
    const { lines } = tampered(type, change);
    expect(replayed(lines).difference).not.toBeNull();
  });

  it('names the event that differs', () => {
    const { lines, id } = tampered('GatesJudged auto_approval', set('verdict', 'inconclusive'));
    expect(replayed(lines).difference).toMatchObject({
      id,
      type: 'GatesJudged',
      what: 'gate `auto_approval`',
    });
  });

  it('finds a dropped and a reordered event', () => {
    const place = events.findIndex((e) => e.type === 'ReservationGranted');
    expect(replayed(golden.toSpliced(place, 1)).difference?.what).toMatch('revision');
    const swapped = golden.with(place, golden[place + 1]!).with(place + 1, golden[place]!);
    expect(replayed(swapped).difference).not.toBeNull();
  });

  it('counts decisions without inputs as unchecked', () => {
    const without = golden.filter((_, i) => !events[i]!.stream.startsWith('bundle-'));
    const report = replayed(without);
    expect(report.difference).toBeNull();
    expect(report.unchecked['evaluation']).toBeGreaterThan(0);
    expect(report.checked['evaluation'] ?? 0).toBe(0);
  });

  it("counts decisions as unchecked if the account's budget is in another file", () => {
    expect(replayed(golden).checked['limit']).toBeGreaterThan(0);
    const report = replayed(
      golden.filter((_line, i) => !events[i]!.stream.startsWith('autonomy-demo:budget=')),
    );
    expect([report.difference, report.checked['limit'] ?? 0]).toEqual([null, 0]);
    expect(report.unchecked['limit']).toBeGreaterThan(0);
  });
});

describe('a part of a log', () => {
  it('replays without a difference from any position, and leaves decisions without inputs unchecked', () => {
    for (let from = 0; from < golden.length; from += 3) {
      const report = replayed(golden.slice(from));
      expect(report.difference).toBeNull();
    }
    const place = events.findIndex((e) => e.type === 'ExecutionStarted');
    expect(replayed(golden.slice(place)).unchecked).toMatchObject({ validation: 1 });
  });

  it('still reveals a changed gate', () => {
    const { lines, id } = tampered('GatesJudged confidence', set('verdict', 'fail'));
    expect(replayed(lines.slice(events.findIndex((e) => e.id === id))).difference).not.toBeNull();
  });
});

describe('a line of an export', () => {
  it('is parsed to the same event', () => {
    for (const line of golden) {
      const read = readExportedLine(line);
      if ('fault' in read) throw new Error(read.fault);
      expect(JSON.parse(JSON.stringify(exportedEvent(read.event)))).toEqual(JSON.parse(line));
    }
  });

  it.each([
    'nope',
    '1',
    '{}',
    '{"position":"x"}',
    '{"position":"1","stream":"s","revision":"-1","id":"i","type":"t","created":"c","data":{},"metadata":{}}',
  ])('%s is refused as an event', (line) => expect(readExportedLine(line)).toHaveProperty('fault'));
});
