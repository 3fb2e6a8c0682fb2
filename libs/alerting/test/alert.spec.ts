import { describe, expect, it } from '@jest/globals';
import { given, isProblem, type DomainEvent } from '@interlock/kernel';
import {
  alertDecider,
  over,
  raised,
  type AlertCommand,
  type AlertEvent,
  type Firing,
  type LogOrder,
} from '../src/index.js';

const place = (position: number, log = 'log'): LogOrder => ({ log, position: `${position}` });
const cause = (id: string): Firing['cause'] => ({
  event_id: id,
  type: 'BrakeEngaged',
  stream: 'brake-demo:brake',
});
const firing = (id: string, position: number, more: Partial<Firing> = {}): AlertCommand => ({
  kind: 'fire',
  data: {
    alert_id: 'a',
    name: 'brake_engaged',
    fingerprint: 'f',
    severity: 'high',
    detail: 'd',
    cause: cause(id),
    subject: 'brake',
    firing: 'first',
    evidence: { from: '1', to: '2' },
    runbook: 'r',
    order: place(position),
    ...more,
  },
});
const end = (position: number, log = 'log'): AlertCommand => ({
  kind: 'end',
  detail: 'over',
  cause: cause('end'),
  order: place(position, log),
});
const by = { by: 'person:p', note: null };

/** The events of these commands, one after the other. */
const after = (...commands: readonly AlertCommand[]): readonly AlertEvent[] =>
  commands.reduce<readonly AlertEvent[]>(
    (events, command) => [...events, ...given(alertDecider, events).when(command).events],
    [],
  );
const types = (events: readonly DomainEvent[]): readonly string[] => events.map(({ type }) => type);
const refused = (events: readonly AlertEvent[], command: AlertCommand, code: string): boolean =>
  isProblem(given(alertDecider, events).when(command).error, code as never);

describe('an alert', () => {
  it('fires, is updated by another cause, and keeps its acknowledgement within the episode', () => {
    const events = after(
      firing('e-1', 10),
      firing('e-1', 10),
      { kind: 'acknowledge', ...by },
      firing('e-2', 12),
    );
    expect(types(events)).toEqual(['AlertFired', 'AlertAcknowledged', 'AlertFired']);
    expect(events.map(({ data }) => (data as { readonly episode?: number }).episode)).toEqual([1, 1, 1]);
    expect(given(alertDecider, events).when(firing('e-2', 12)).state.status).toBe('acknowledged');
  });

  it('that fires after its end is an episode of its own, without the acknowledgement', () => {
    const events = after(firing('e-1', 10), { kind: 'acknowledge', ...by }, end(20), firing('e-3', 30));
    expect(events.at(-1)).toMatchObject({ type: 'AlertFired', data: { episode: 2 } });
    expect(given(alertDecider, events).when(firing('e-3', 30)).state).toMatchObject({
      status: 'firing',
      episode: 2,
    });
  });

  it('pages again for another occurrence or a worse severity: one episode ends, the next begins', () => {
    for (const again of [
      firing('e-1', 11, { firing: 'first:again', manual_intervention_required: true }),
      firing('e-2', 11, { severity: 'critical' }),
    ]) {
      const events = after(firing('e-1', 10), { kind: 'acknowledge', ...by }, again, again);
      expect(types(events)).toEqual(['AlertFired', 'AlertAcknowledged', 'AlertResolved', 'AlertFired']);
      expect(events.slice(2)).toMatchObject([
        { data: { episode: 1, superseded: true } },
        { data: { episode: 2 } },
      ]);
      expect(given(alertDecider, events).when(again).state.status).toBe('firing');
    }
  });

  it('does not page again where the severity falls', () => {
    const events = after(
      firing('e-1', 10, { severity: 'critical' }),
      firing('e-2', 11),
      firing('e-3', 12, { severity: 'critical' }),
    );
    expect(types(events)).toEqual(['AlertFired', 'AlertFired', 'AlertFired']);
  });

  it('is neither revived nor hidden by what comes late', () => {
    const fired = after(firing('e-1', 10), end(20));
    expect(given(alertDecider, fired).when(firing('e-1', 10)).events).toEqual([]);
    expect(given(alertDecider, fired).when(firing('e-0', 5)).events).toEqual([]);
    const again = after(firing('e-1', 10), end(20), firing('e-3', 30));
    expect(given(alertDecider, again).when(end(20)).events).toEqual([]);
    expect(types(given(alertDecider, again).when(end(30)).events)).toEqual(['AlertResolved']);
  });

  it('knows nothing of the order of another log: what that says counts', () => {
    const fired = after(firing('e-1', 1000));
    expect(types(given(alertDecider, fired).when(end(5, 'another')).events)).toEqual(['AlertResolved']);
  });

  it('that never fired can be neither ended nor acknowledged, noted or silenced', () => {
    const until = '2026-11-21T00:00:00.000Z';
    expect(given(alertDecider, []).when(end(1)).events).toEqual([]);
    for (const command of [
      { kind: 'acknowledge', ...by },
      { kind: 'note', by: 'person:p', note: 'n' },
      { kind: 'close', by: 'person:p', note: 'n' },
      { kind: 'silence', ...by, until, now: '2026-11-20T00:00:00.000Z' },
    ] as const)
      expect(refused([], command, 'not-found')).toBe(true);
  });

  it('is acknowledged once, in the episode that was seen', () => {
    const events = after(firing('e-1', 10), end(20), firing('e-2', 30));
    expect(refused(events, { kind: 'acknowledge', ...by, episode: 1 }, 'wrong-state')).toBe(true);
    const seen = after(firing('e-1', 10), { kind: 'acknowledge', ...by, episode: 1 });
    expect(given(alertDecider, seen).when({ kind: 'acknowledge', ...by }).events).toEqual([]);
    expect(refused(after(firing('e-1', 10), end(20)), { kind: 'acknowledge', ...by }, 'wrong-state')).toBe(
      true,
    );
  });

  it('is noted as often as somebody writes', () => {
    const note = { kind: 'note', by: 'person:p', note: 'looked at' } as const;
    expect(types(after(firing('e-1', 10), note, note))).toEqual(['AlertFired', 'AlertNoted', 'AlertNoted']);
  });
});

describe('a silence', () => {
  const now = '2026-11-20T10:00:00.000Z';
  const silence = (until: string | null): AlertCommand => ({ kind: 'silence', ...by, until, now });

  it('has an end ahead, within 30 days, and can be ended', () => {
    const fired = after(firing('e-1', 10));
    for (const until of [now, '2026-11-20T09:59:59.999Z', '2026-12-20T10:00:00.001Z', 'no time'])
      expect(refused(fired, silence(until), 'validation-failed')).toBe(true);
    const events = after(
      firing('e-1', 10),
      silence('2026-12-20T10:00:00.000Z'),
      silence('2026-12-20T10:00:00.000Z'),
      silence(null),
      silence(null),
    );
    expect(types(events)).toEqual(['AlertFired', 'AlertSilenced', 'AlertSilenced']);
    expect(given(alertDecider, events).when(end(9)).state.silenced_until).toBeNull();
  });

  it('outlasts the episode in which it was said', () => {
    const events = after(firing('e-1', 10), silence('2026-11-20T11:00:00.000Z'), end(20), firing('e-2', 30));
    expect(given(alertDecider, events).when(firing('e-2', 30)).state.silenced_until).toBe(
      '2026-11-20T11:00:00.000Z',
    );
  });
});

describe.each(['log_tampered', 'forged_event', 'open_work_missed'])('%s', (name) => {
  const tampered = (id: string, position: number): AlertCommand =>
    firing(id, position, { name, severity: 'critical' });
  const close = { kind: 'close', by: 'person:p', note: 'the disk was replaced' } as const;

  it('is closed by a person only', () => {
    const fired = after(tampered('e-1', 10));
    expect(given(alertDecider, fired).when(end(20)).events).toEqual([]);
    expect(given(alertDecider, fired).when(close).events).toEqual([
      { type: 'AlertResolved', data: { detail: close.note, cause: null, episode: 1, by: 'person:p' } },
    ]);
    expect(refused(after(firing('e-1', 10)), close, 'wrong-state')).toBe(true);
    expect(refused(after(tampered('e-1', 10), close), close, 'wrong-state')).toBe(true);
  });

  it('bypasses the order of the log, and yet the same event fires it once', () => {
    const closed = after(tampered('e-5', 50), close);
    expect(types(given(alertDecider, closed).when(tampered('e-2', 20)).events)).toEqual(['AlertFired']);
    expect(given(alertDecider, closed).when(tampered('e-5', 50)).events).toEqual([]);
  });
});

describe('the end of an alert', () => {
  const { detail: _, ...unsaid } = end(20) as Extract<AlertCommand, { readonly kind: 'end' }>;

  it('speaks of what it was told with last, where its teller says nothing', () => {
    const twice = after(firing('e-1', 10), firing('e-2', 11, { detail: 'w'.repeat(500) }));
    expect(given(alertDecider, twice).when(unsaid).events).toMatchObject([
      { data: { detail: `it is over: ${'w'.repeat(488)}` } },
    ]);
    expect(given(alertDecider, twice).when(end(20)).events).toMatchObject([{ data: { detail: 'over' } }]);
  });

  it('is nothing where it never fired or is over', () => {
    expect(given(alertDecider, []).when(unsaid).events).toEqual([]);
    expect(given(alertDecider, after(firing('e-1', 10), unsaid)).when(unsaid).events).toEqual([]);
  });
});

describe('an alert that a service tells of itself', () => {
  const request = {
    request_id: '00000000-0000-4000-8000-000000000001',
    name: 'projection_lag',
    subject: 'safety-rails/actions',
    detail: 'it stands still',
    at: '2026-11-20T10:00:00.000Z',
  } as const;
  const why = { event_id: 'e-1', type: 'ActionCompleted', stream: 'action-demo:a-1' };
  const { command } = raised({ ...request, cause: why });
  const ended = (at: string): AlertCommand =>
    over({ ...request, request_id: '00000000-0000-4000-8000-000000000002', at }).command;

  it('is one per tenant, name and subject, and has the severity of its name', () => {
    const one = raised({ ...request, cause: why });
    expect(one.stream).toBe(`alert-_system:${one.alert_id}`);
    expect(one.command).toMatchObject({
      kind: 'raise',
      data: {
        name: 'projection_lag',
        severity: 'medium',
        detail: 'safety-rails/actions: it stands still',
        cause: why,
      },
    });
    expect(raised({ ...request, detail: 'else', cause: null }).stream).toBe(one.stream);
    expect(over(request).stream).toBe(one.stream);
    expect(raised({ ...request, subject: 'alerting/alerting', cause: why }).stream).not.toBe(one.stream);
    expect(raised({ ...request, tenant_id: 'demo', cause: why })).toMatchObject({ tenant: 'demo' });
  });

  it('has the request as its cause where no event is', () => {
    expect(raised({ ...request, cause: null }).command).toMatchObject({
      data: {
        cause: { event_id: request.request_id, type: 'alerting.raise', stream: 'safety-rails/actions' },
      },
    });
  });

  it('fires once for a cause while it holds, again for another, and again for the same after its end', () => {
    const other = raised({ ...request, cause: { ...why, event_id: 'e-2' } }).command;
    expect(types(after(command, command, other))).toEqual(['AlertFired', 'AlertFired']);
    expect(types(after(command, ended(request.at), command))).toEqual([
      'AlertFired',
      'AlertResolved',
      'AlertFired',
    ]);
  });

  it('that was told before the last word is late', () => {
    const events = after(command, ended('2026-11-20T10:00:05.000Z'));
    expect(given(alertDecider, events).when(command).events).toEqual([]);
    expect(given(alertDecider, after(command)).when(ended('2026-11-20T09:59:59.000Z')).events).toEqual([]);
  });

  it('that never fired does not end', () =>
    expect(given(alertDecider, []).when(ended(request.at)).events).toEqual([]));
});
