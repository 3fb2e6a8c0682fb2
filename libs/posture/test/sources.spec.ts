import { describe, expect, it } from '@jest/globals';
import { fold, given } from '@interlock/kernel';
import {
  checkPostureConfig,
  defaultPostureConfig,
  postureConfigDecider,
  signalCommand,
  signalDecider,
  signalNames,
  type SignalEvent,
  type SignalReport,
  type SignalState,
  type SignalStates,
} from '../src/index.js';
import { ago, codes, config, healthy, now, posture, state } from './assessments.ts';

const measured = (value: SignalReport['value'], age = 1): SignalReport => ({
  value,
  at: ago(age),
  source: 'interlock',
});
const both = (internal: number, external: number, age = 1): SignalState => ({
  ...state(external, age),
  internal: measured(internal),
});
/** Interlock's measurements for `_system`, which every tenant shares. */
const system = (age = 1): SignalStates =>
  Object.fromEntries(
    signalNames.map((name) => [
      name,
      { report: null, refused: null, internal: measured(healthy[name], age) },
    ]),
  );
const integrity = (own: SignalStates, source?: 'internal' | 'external' | 'both') =>
  posture({
    own: { ...own },
    system: system(),
    config: config(source === undefined ? {} : { sources: { integrity_score: source } }),
  }).signals.integrity_score;

describe('a tenant without external reports', () => {
  it("is GREEN by Interlock's measurements", () => {
    expect(posture({ own: {}, system: system() })).toMatchObject({
      policy: 'GREEN',
      effective: 'GREEN',
      clears: [],
    });
  });

  it('is YELLOW after Interlock has stopped measuring', () => {
    const silent = posture({ own: {}, system: system(901) });
    expect(silent).toMatchObject({ policy: 'GREEN', effective: 'YELLOW' });
    expect(codes(silent)).toEqual(Array<string>(5).fill('SIGNAL_STALE'));
  });

  it("uses the worse of its own measure and the system's, and both hold while the rounds go on", () => {
    const own = { reputation_score: { report: null, refused: null, internal: measured(70, 50_000) } };
    expect(posture({ own, system: system() })).toMatchObject({
      policy: 'YELLOW',
      signals: { reputation_score: { value: 70, status: 'fresh', age_s: 1 } },
    });
    expect(posture({ own, system: system(901) }).signals.reputation_score.status).toBe('stale');
  });

  it('shows a lone voter', () => {
    const lone = { report: null, refused: null, internal: { ...measured(100), unwitnessed: true as const } };
    expect(
      posture({ own: {}, system: { ...system(), consensus_pct: lone } }).signals.consensus_pct,
    ).toMatchObject({ value: 100, unwitnessed: true });
    expect(posture({ own: {}, system: system() }).signals.consensus_pct).not.toHaveProperty('unwitnessed');
  });
});

describe('the sources of a signal', () => {
  it('are both from the first external report on, and the worse counts', () => {
    expect(integrity({}).value).toBe(97.5);
    expect(integrity({ integrity_score: both(99, 80) }).value).toBe(80);
    expect(integrity({ integrity_score: both(70, 80) }).value).toBe(70);
  });

  it('are the ones that the tenant names', () => {
    const own = { integrity_score: both(96, 80) };
    expect(integrity(own, 'internal').value).toBe(96);
    expect(integrity(own, 'external').value).toBe(80);
    expect(integrity(own, 'both').value).toBe(80);
    expect(integrity({}, 'external')).toMatchObject({ value: 100, status: 'defaulted' });
  });

  it('are stale if either is', () => {
    expect(integrity({ integrity_score: both(96, 97, 901) })).toMatchObject({ value: 96, status: 'stale' });
    expect(integrity({ integrity_score: both(96, 97, 901) }, 'internal').status).toBe('fresh');
  });

  it('are stale if an expected external one is gone', () => {
    const gone = { integrity_score: { report: null, refused: null, internal: measured(96) } };
    const answer = posture({
      own: gone,
      system: system(),
      config: config({ sources: { integrity_score: 'both' } }),
    });
    expect(answer).toMatchObject({
      effective: 'YELLOW',
      signals: { integrity_score: { value: 96, status: 'defaulted' } },
      effective_reasons: [{ code: 'SIGNAL_DEFAULTED', detail: expect.stringContaining('outside') }],
    });
  });

  it('are recorded once as both', () => {
    const command = { kind: 'TakeExternal', name: 'integrity_score' } as const;
    const { events, state: after } = given(postureConfigDecider, []).when(command);
    expect(events).toMatchObject([
      { type: 'PostureConfigured', data: { sources: { integrity_score: 'both' } } },
    ]);
    expect(given(postureConfigDecider, events).when(command).events).toEqual([]);
    expect(after.config.thresholds).toEqual(defaultPostureConfig.thresholds);
    const chosen = given(postureConfigDecider, []).when({
      kind: 'ConfigurePosture',
      config: { ...defaultPostureConfig, sources: { integrity_score: 'internal' } },
    });
    expect(given(postureConfigDecider, chosen.events).when(command).events).toEqual([]);
  });
});

describe('reports of each origin', () => {
  const command = { kind: 'ReportSignal', name: 'integrity_score', source: 'probe', now } as const;
  const after = (...reports: readonly object[]) =>
    reports.reduce<SignalState>(
      (before, report) =>
        signalDecider.decide(signalCommand({ ...command, value: 97, ...report }), before).reduce(
          (kept, event) =>
            signalDecider.evolve(kept, {
              ...event,
              revision: 0n,
              metadata: { occurred_at: now },
            } as never),
          before,
        ),
      signalDecider.initial,
    );

  it('are ordered separately', () => {
    const of = after(
      { value: 90, at: ago(10) },
      { value: 80, at: ago(20), origin: 'internal' },
      { value: 95, at: ago(15) },
      { value: 60, at: ago(15), origin: 'internal' },
    );
    expect([of.report?.value, of.internal?.value]).toEqual([90, 60]);
  });

  it('may be up to 30 s ahead', () => {
    expect(after({ at: ago(-30) }).report).not.toBeNull();
    const ahead = after({ at: new Date(Date.parse(now) + 30_001).toISOString() });
    expect(ahead).toMatchObject({
      report: null,
      refused: { violations: [{ pointer: '/at', detail: 'must not be more than 30 s in the future' }] },
    });
  });

  it('continue after a clock was set back', () => {
    const before: SignalState = { report: { value: 99, at: ago(-3600), source: 'probe' }, refused: null };
    expect(signalDecider.decide({ ...command, value: 50 }, before)).toMatchObject([
      { type: 'SignalReported', data: { value: 50, at: now } },
    ]);
    const own = { integrity_score: before };
    expect(posture({ own, system: system() }).signals.integrity_score.status).toBe('stale');
  });

  it('are refused with the faults of their file', () => {
    const faults = [{ pointer: '', detail: 'is not JSON' }];
    expect(after({ value: undefined, faults }).refused?.violations).toEqual(faults);
  });
});

describe('reports of several credentials', () => {
  const [monitor, agent] = ['service:nats.demo.monitor', 'service:nats.demo.upstream'];
  const reported = (
    ...reports: readonly { readonly value: number; readonly at: string; readonly credential: string }[]
  ): SignalState => {
    const events = reports.reduce<readonly SignalEvent[]>(
      (before, report) => [
        ...before,
        ...given(signalDecider, before).when({
          kind: 'ReportSignal',
          name: 'integrity_score',
          source: 'probe',
          now: report.at > now ? now : report.at,
          ...report,
        }).events,
      ],
      [],
    );
    // A stream keeps only its newest events, so the last one must contain everything that still
    // counts.
    return fold(signalDecider, events.slice(-1));
  };
  const seen = (state: SignalState) =>
    posture({ own: { integrity_score: state }, system: system() }).signals.integrity_score;

  it("let no credential clear another's fresh report", () => {
    expect(
      seen(
        reported(
          { value: 10, at: ago(40), credential: monitor },
          { value: 100, at: ago(-2), credential: agent },
        ),
      ),
    ).toMatchObject({ value: 10, status: 'fresh' });
  });

  it("let no credential replace another's report by a short worse one", () => {
    const state = reported(
      { value: 10, at: ago(40), credential: monitor },
      { value: 5, at: ago(30), credential: agent },
      { value: 100, at: ago(20), credential: agent },
    );
    expect(seen(state)).toMatchObject({ value: 10 });
    expect(state.others).toMatchObject([{ value: 10, credential: monitor }]);
  });

  it('improve with the credential of the worse report, or when that is stale', () => {
    const worse = { value: 10, at: ago(40), credential: monitor };
    const better = { value: 96, at: ago(20), credential: agent };
    expect(seen(reported(worse, better, { ...worse, value: 95, at: ago(10) }))).toMatchObject({ value: 95 });
    expect(seen(reported({ ...worse, at: ago(901) }, better))).toMatchObject({ value: 96, status: 'fresh' });
    expect(seen(reported({ ...worse, at: ago(900) }, better))).toMatchObject({ value: 10 });
  });

  it('get worse at once, by any credential', () => {
    expect(
      seen(
        reported(
          { value: 99, at: ago(40), credential: monitor },
          { value: 80, at: ago(30), credential: agent },
        ),
      ),
    ).toMatchObject({ value: 80 });
  });
});

describe('the table of the posture gate', () => {
  const table = { GREEN: 'pass', YELLOW: 'approval', ORANGE: 'approval', RED: 'deny' } as const;
  const faults = (over: object): readonly string[] =>
    checkPostureConfig({ ...defaultPostureConfig, gate: { ...table, ...over } }).map(
      ({ pointer }) => pointer,
    );

  it('is at least as strict for a worse level', () => {
    expect(faults({})).toEqual([]);
    expect(faults({ YELLOW: 'pass' })).toEqual([]);
    expect(faults({ GREEN: 'deny' })).toEqual(['/gate/YELLOW']);
    expect(faults({ YELLOW: 'deny', RED: 'approval' })).toEqual(['/gate/ORANGE']);
    expect(faults({ YELLOW: 'pass', ORANGE: 'pass', RED: 'pass' })).toEqual(['/gate/RED']);
  });

  it("is passed to the gate if it is the tenant's own", () => {
    expect(posture()).not.toHaveProperty('gate');
    expect(posture({ config: config({ gate: table }) }).gate).toEqual(table);
  });

  it('names every contradiction of the thresholds', () => {
    expect(
      checkPostureConfig({
        thresholds: {
          ...defaultPostureConfig.thresholds,
          red_integrity: 96,
          red_consensus: 91,
          red_responses: 3,
        },
        orange: { orange_integrity: 50, orange_consensus: 50, orange_responses: 50 },
      }).map(({ pointer }) => pointer),
    ).toEqual([
      '/thresholds/red_integrity',
      '/thresholds/red_consensus',
      '/thresholds/red_responses',
      '/orange/orange_integrity',
      '/orange/orange_consensus',
      '/orange/orange_responses',
    ]);
  });
});
