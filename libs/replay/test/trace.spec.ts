import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { goldenText } from '@interlock/testing';
import { readExportedLine } from '@interlock/tree';
import { Trace, traceText, type ActionTrace } from '../src/index.js';
import { SimulatedLog } from './simulated-log/simulated-log.ts';

const demo = readFileSync(new URL('../../../fixtures/streams/demo.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): RecordedEvent => {
    const read = readExportedLine(line);
    if ('fault' in read) throw new Error(read.fault);
    return read.event;
  });
const story = (events: readonly RecordedEvent[], actionId: string): ActionTrace | null => {
  const trace = new Trace(actionId);
  for (const event of events) trace.take(event);
  return trace.story();
};
const idOf = ({ stream }: RecordedEvent): string => stream.slice(stream.indexOf(':') + 1);
/** The demo's action with an event of this type. */
const actionWith = (type: string): string => idOf(demo.find((event) => event.type === type)!);
const text = (events: readonly RecordedEvent[], actionId: string): string =>
  traceText(story(events, actionId)!);
// This seed denies by the posture too, which few others do.
const simulated = [...new SimulatedLog(3).events(350)];
/** An end's type; for a denial also the gate. */
const endOf = ({ type, data }: RecordedEvent): string =>
  type === 'ActionDenied' && 'gate' in data ? `${type} by ${String(data.gate)}` : type;
const ends = [
  ...new Set(
    simulated
      .filter(
        ({ type, stream }) =>
          stream.startsWith('action-') && /^Action(?!Confirmed|Approved)|^DryRunCompleted$/.test(type),
      )
      .map(endOf),
  ),
];

describe('the story of an action of a recorded log', () => {
  it.each([
    ['completed after its window elapsed', 'ConfirmationWindowElapsed', 'window-elapsed.txt'],
    ['rolled back', 'ActionRolledBack', 'rolled-back.txt'],
    ['denied by policy', 'ActionDenied', 'denied.txt'],
  ])('%s equals its checked-in text', async (_, type, file) => {
    const told = text(demo, actionWith(type));
    expect(told).toBe(await goldenText(new URL(`traces/${file}`, import.meta.url), told));
  });

  it('holds every event of the action and none of another', () => {
    const id = actionWith('ActionRolledBack');
    const { steps } = story(demo, id)!;
    const own = demo.filter((event) => idOf(event) === id);
    expect(own.filter((event) => !steps.some((step) => step.event_id === event.id))).toEqual([]);
    const others = demo
      .filter(({ stream }) => stream.startsWith('action-') && !stream.endsWith(id))
      .map(idOf);
    expect(steps.filter((step) => others.some((other) => JSON.stringify(step.data).includes(other)))).toEqual(
      [],
    );
    for (const category of ['budget', 'lease', 'device_tx', 'incident', 'trace'])
      expect(steps.some(({ stream }) => stream.startsWith(`${category}-`))).toBe(true);
  });

  it('does not exist if the log does not hold the action', () => expect(story(demo, 'nobody')).toBeNull());
});

describe('the story of an action, however it ends', () => {
  it('covers every end', () => expect(ends.length).toBeGreaterThan(11));

  it.each(ends)('%s: readable, at most 100 columns, with its end', (end) => {
    const id = idOf(simulated.find((event) => endOf(event) === end)!);
    const trace = story(simulated, id)!;
    const lines = traceText(trace).split('\n');
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(lines.some((line) => /^ +\d+  ended: /.test(line))).toBe(true);
    expect(lines.filter((line) => line.includes('undefined') || line.includes('[object'))).toEqual([]);
    expect(trace.steps.map(({ position }) => Number(position))).toEqual(
      trace.steps.map(({ position }) => Number(position)).toSorted((a, b) => a - b),
    );
  });

  it('names the person who engaged a kill switch', () => {
    const stopped = simulated.find(
      (event) => endOf(event) === 'ActionDenied by kill_switch' && event.metadata.actor.kind === 'person',
    )!;
    expect(text(simulated, idOf(stopped))).toMatch(/kill switch engaged, scope tenant: drill/);
  });
});

describe('a request to a device', () => {
  const prepared = simulated.find(({ type }) => type === 'TentativeCommitApplied')!;
  const exchange = {
    at: '2026-11-20T10:00:00.000Z',
    operation: 'commit',
    sent: '<commit xmlns="urn:x"><confirmed/><persist>***</persist></commit>',
    outcome: 'lock-denied',
    detail: 'another holds it',
    ms: 12,
  };
  const events = simulated.map((event) =>
    event === prepared ? { ...event, data: { ...event.data, exchanges: [exchange] } } : event,
  );

  it('is quoted with its answer', () => {
    const told = text(events, idOf(prepared)).replaceAll(/\s+/g, ' ');
    expect(told).toContain(
      'sent at 2026-11-20T10:00:00.000Z: commit, answered lock-denied after 12 ms: another holds it',
    );
    expect(told).toContain('<persist>***</persist>');
    expect(story(events, idOf(prepared))!.missing).toEqual([]);
  });
});

describe('a part that is missing', () => {
  const id = idOf(simulated.find(({ type }) => type === 'ActionRolledBack')!);
  const without = (...prefixes: readonly string[]): readonly RecordedEvent[] =>
    simulated.filter(({ stream }) => !prefixes.some((prefix) => stream.startsWith(prefix)));

  it('is named in the trace', () => {
    const missing = story(
      without('budget-', 'lease-', 'device_tx-', 'incident-', 'trace-'),
      id,
    )!.missing.join('\n');
    for (const part of ['the lease', 'what netconf-gateway did on the device', 'the incident'])
      expect(missing).toContain(part);
  });

  it('is the beginning if the file begins in the middle', () => {
    const place = simulated.findIndex(
      ({ stream, type }) => stream.endsWith(id) && type === 'ExecutionStarted',
    );
    const trace = story(simulated.slice(place), id)!;
    expect([trace.state, trace.missing[0]]).toEqual([
      null,
      expect.stringMatching(/^revisions 0 to \d+ of action-sim:/),
    ]);
    expect(traceText(trace)).toContain('its beginning is not there');
  });

  it('is a removed approval: the gap is shown in its place and at the end', () => {
    const approved = simulated.find(({ type }) => type === 'ActionApproved')!;
    const gap = `revision ${approved.revision} of ${approved.stream}`;
    const trace = story(
      simulated.filter((event) => event !== approved),
      idOf(approved),
    )!;
    expect(trace.missing).toContain(gap);
    expect(
      trace.steps.find(
        ({ revision, stream }) => stream === approved.stream && revision === `${approved.revision + 1n}`,
      )?.lines[0],
    ).toBe(`before it is not there: ${gap}`);
    expect(traceText(trace).replaceAll(/\s+/g, ' ')).toContain(`- ${gap}`);
  });

  it('does not fail for an unknown event, which is shown by its data', () => {
    const strange = {
      ...simulated.find(({ stream }) => stream.endsWith(id))!,
      id: 'x',
      type: 'ActionTeleported',
      data: { to: 'Mars' },
      position: { commit: 10_000_000n, prepare: 10_000_000n },
    };
    expect(text([...simulated, strange], id)).toContain('ActionTeleported, which this release does not know');
  });
});

describe('an action that someone wrote to deceive its reader', () => {
  const denied = simulated.find(
    ({ type, data }) => type === 'ActionDenied' && 'gate' in data && data.gate === 'policy',
  )!;
  const own = simulated.filter(({ stream }) => stream === denied.stream);
  const with_ = (type: string, alter: (data: never) => object): readonly RecordedEvent[] =>
    own.map((event) =>
      event.type === type ? { ...event, data: alter(structuredClone(event.data) as never) } : event,
    );
  const steering = 'x\u001b[2J\u001b[31m\u009bA\r\nended: COMPLETED\u202Eevil\u2028\u200B';

  it('is shown without control characters and invisible characters', () => {
    const hostile = with_('IntentAccepted', (data: { intent: object }) => ({
      ...data,
      source: steering,
      intent: {
        ...data.intent,
        entity_id: steering,
        intent_id: steering,
        agent: steering,
        parameters: { [steering]: steering },
      },
    }));
    const told = text(hostile, idOf(denied));
    expect(told).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(told.split('\n').filter((line) => /^ *\d* *ended: /.test(line))).toHaveLength(1);
    expect(told).toContain('\\u{1b}[31m');
  });

  it('is shown if an event does not have the shape of its type', () => {
    for (const data of [{}, { gate: 'policy' }, { intent: null }, { intent: 5, reasons: 7 }]) {
      for (const { type } of own)
        expect(
          text(
            with_(type, () => data),
            idOf(denied),
          ),
        ).toContain(idOf(denied));
    }
    const nobody = own.map((event) => ({ ...event, metadata: {} as never }));
    expect(text(nobody, idOf(denied))).toContain('at no time  nobody');
  });

  it('is shown however deep its payload is nested', () => {
    const xml = `${'<a>'.repeat(300)}x${'</a>'.repeat(300)}`;
    const prepared = simulated.find(({ type }) => type === 'ChangePrepared')!;
    const deep = simulated.map((event) =>
      event === prepared ? { ...event, data: { ...event.data, edit_xml: xml } } : event,
    );
    const lines = text(deep, idOf(prepared)).split('\n');
    expect(lines.filter((line) => line.includes('<a>')).length).toBeGreaterThan(299);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  it('is broken into lines between characters, never within one', () => {
    const smiles = with_('IntentAccepted', (data: { intent: object }) => ({
      ...data,
      source: '\u{1F600}'.repeat(200),
    }));
    expect(
      text(smiles, idOf(denied))
        .split('\n')
        .every((line) => line.isWellFormed()),
    ).toBe(true);
  });
});

it("an action's trace begins with the reasons for its end", () => {
  const id = actionWith('ActionDenied');
  const [first, second, third] = text(demo, id).split('\n');
  expect([first, second]).toEqual([`action ${id} of tenant demo`, 'cell_failover on cell-003-1: DENIED']);
  expect(third).toBe(
    '  because rule `cf-power` of bundle 1.0.0 denies it: Raising power by more than 5 dB needs a new',
  );
});
