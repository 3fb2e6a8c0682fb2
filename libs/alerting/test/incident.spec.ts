import { describe, expect, it } from '@jest/globals';
import { given, isProblem } from '@interlock/kernel';
import {
  alertIncidentId,
  incidentDecider,
  incidentEvents,
  incidentsOf,
  postMortem,
  type IncidentStory,
  type StoryEvent,
} from '../src/index.js';
import { Log } from './recorded.js';

const log = new Log();
const rolledBack = {
  entity_id: 'cell-1',
  action_type: 'cell_failover',
  reasons: [{ code: 'kpi-worse', detail: 'drops rose' }],
};
const fired = (name: string, severity: string, more: object = {}): object => ({
  name,
  severity,
  detail: 'd',
  episode: 2,
  cause: { event_id: 'e-0', type: 'KillSwitchEngaged', stream: 's' },
  ...more,
});

describe('what opens an incident', () => {
  it('an action that was rolled back, high; one that could not be, critical; the same event always the same one', () => {
    const event = log.event('ActionRolledBack', 'action-demo:a-1', rolledBack);
    const [reaction] = incidentsOf(event);
    expect(reaction).toMatchObject({
      tenant: 'demo',
      command: {
        kind: 'open',
        data: { severity: 'high', action_id: 'a-1', entity_id: 'cell-1', detail: 'drops rose' },
      },
    });
    expect(incidentsOf(event)).toEqual([reaction]);
    expect(incidentsOf(log.event('ActionRollbackFailed', 'action-demo:a-1', rolledBack))).toMatchObject([
      { command: { data: { severity: 'critical' } } },
    ]);
  });

  it('a response that could not be taken back, which its alert is linked to', () => {
    const event = log.event('ResponseUndoFailed', 'response-demo:r', { detail: 'EACCES' });
    const [own, ...others] = incidentsOf(event);
    expect([own, others]).toMatchObject([
      { command: { kind: 'open', data: { severity: 'critical', detail: 'EACCES', action_id: null } } },
      [],
    ]);
    const cause = { event_id: event.id, type: event.type, stream: event.stream };
    expect(
      incidentsOf(log.event('AlertFired', 'alert-demo:y', fired('rollback_failed', 'critical', { cause }))),
    ).toMatchObject([{ stream: own!.stream, command: { kind: 'link', data: { id: 'y' } } }]);
  });

  it('a bundle that was rolled back, which it is linked to', () => {
    const data = {
      bundle_id: 'b',
      bundle_version: '1.1.0',
      was: 'canary',
      canary_pct: 10,
      restored_version: null,
      trigger: 'automatic',
      reason: 'errors',
    };
    expect(incidentsOf(log.event('BundleRolledBack', 'rollout-demo:all', data))).toMatchObject([
      { command: { kind: 'open', data: { severity: 'high', detail: 'errors' } } },
      { command: { kind: 'link', data: { kind: 'bundle', id: 'b' } } },
    ]);
  });

  it('an episode of a critical alert, and its end ends it; others open none', () => {
    const id = alertIncidentId('x', 2);
    expect(
      incidentsOf(log.event('AlertFired', 'alert-demo:x', fired('kill_switch', 'critical'))),
    ).toMatchObject([
      { stream: `incident-demo:${id}`, command: { kind: 'open', data: { severity: 'critical' } } },
      { command: { kind: 'link', data: { kind: 'alert', id: 'x' } } },
    ]);
    expect(
      incidentsOf(log.event('AlertResolved', 'alert-demo:x', { episode: 2, detail: 'over' })),
    ).toMatchObject([{ stream: `incident-demo:${id}`, command: { kind: 'over', note: 'over' } }]);
    expect(incidentsOf(log.event('AlertFired', 'alert-demo:x', fired('red_flips', 'high')))).toEqual([]);
  });

  it('an alert about what has an incident already is linked to that one', () => {
    const event = log.event('ActionRollbackFailed', 'action-demo:a-1', rolledBack);
    const [own] = incidentsOf(event);
    const cause = { event_id: event.id, type: event.type, stream: event.stream };
    expect(
      incidentsOf(log.event('AlertFired', 'alert-demo:y', fired('rollback_failed', 'critical', { cause }))),
    ).toMatchObject([{ stream: own!.stream, command: { kind: 'link', data: { id: 'y' } } }]);
  });

  it('an alert of the first version opens none, and neither does any other event', () => {
    expect(
      incidentsOf(
        log.event('AlertFired', 'alert-demo:x', fired('kill_switch', 'critical', { episode: undefined })),
      ),
    ).toEqual([]);
    expect(incidentsOf(log.event('AlertResolved', 'alert-demo:x', { detail: 'over' }))).toEqual([]);
    expect(incidentsOf(log.event('ActionCompleted', 'action-demo:a-1', rolledBack))).toEqual([]);
    expect(incidentEvents['action']).not.toContain('ActionCompleted');
  });
});

describe('an incident', () => {
  const open = incidentsOf(log.event('ActionRolledBack', 'action-demo:a-1', rolledBack))[0]!.command;
  const person = { by: 'person:p', note: 'looked at' };
  const link = { kind: 'link', data: { kind: 'alert', id: 'x', stream: 'alert-demo:x' } } as const;

  it('goes from open over acknowledged to resolved, each once', () => {
    const opened = given(incidentDecider, []).when(open);
    expect(given(incidentDecider, opened.events).when(open).events).toEqual([]);
    const seen = given(incidentDecider, opened.events).when({ kind: 'acknowledge', ...person });
    const both = [...opened.events, ...seen.events];
    expect(given(incidentDecider, both).when({ kind: 'acknowledge', ...person }).events).toEqual([]);
    const done = given(incidentDecider, both).when({ kind: 'resolve', ...person });
    expect(done.state.status).toBe('resolved');
    const again = given(incidentDecider, [...both, ...done.events]).when({ kind: 'acknowledge', ...person });
    expect(isProblem(again.error, 'wrong-state')).toBe(true);
  });

  it('is noted, and linked to a thing once, also after its end', () => {
    const opened = given(incidentDecider, []).when(open);
    const linked = given(incidentDecider, opened.events).when(link);
    expect(linked.events).toEqual([{ type: 'IncidentLinked', data: link.data }]);
    expect(given(incidentDecider, [...opened.events, ...linked.events]).when(link).events).toEqual([]);
    expect(given(incidentDecider, opened.events).when({ kind: 'note', ...person }).events).toEqual([
      { type: 'IncidentNoted', data: person },
    ]);
  });

  it('that does not exist is not found, has no link, and is over without a word', () => {
    expect(
      isProblem(given(incidentDecider, []).when({ kind: 'resolve', ...person }).error, 'not-found'),
    ).toBe(true);
    expect(given(incidentDecider, []).when(link).events).toEqual([]);
    expect(given(incidentDecider, []).when({ kind: 'over', ...person }).events).toEqual([]);
  });
});

describe('a post-mortem', () => {
  const incident: IncidentStory = {
    id: 'i',
    tenant_id: 'demo',
    severity: 'high',
    title: 'a | b',
    detail: '<script>',
    status: 'resolved',
    opened_at: '2026-11-20T10:00:00.000Z',
    updated_at: '2026-11-20T10:30:00.000Z',
    action_id: 'a-1',
    entity_id: null,
    cause: { event_id: 'e', type: 'ActionRolledBack', stream: 'action-demo:a-1' },
    links: [],
  };
  const timeline: readonly StoryEvent[] = [
    {
      at: '2026-11-20T10:00:00.000Z',
      id: 'i',
      type: 'IncidentOpened',
      actor: 'service:alerting',
      text: 'one\ntwo',
      position: '7',
    },
    {
      at: '2026-11-20T10:30:00.000Z',
      id: 'i',
      type: 'IncidentResolved',
      actor: 'person:p',
      text: null,
      position: '9',
    },
  ];
  const evidence = [
    { alert: 'log_tampered', from: '3', to: '5' },
    { alert: 'kill_switch', from: '4', to: '4' },
  ];

  it('has the facts with their positions', () => {
    const text = postMortem(incident, timeline, evidence);
    expect(text).toContain('after 30 min');
    expect(text).toContain('| IncidentOpened | service:alerting | one two | 7 |');
    expect(text).toContain('| IncidentResolved | person:p |  | 9 |');
    expect(text).toContain('- position 5, what shows the condition of alert log\\_tampered (3 to 5)');
    expect(text.match(/condition of alert kill\\_switch/g)).toHaveLength(1);
    expect(text).toContain('`interlock incidents export` writes them into the document, sealed.');
    expect(text).not.toContain('not sealed yet');
  });

  it('carries its sealed exports, and lists by themselves the events that these do not hold', () => {
    const text = postMortem(incident, timeline, evidence, {
      exports: ['{"one":1}\n', '{"two":2}\n'],
      positions: new Set(['7', '4', '5']),
    });
    expect(text).toContain('| IncidentOpened | service:alerting | one two | 7 |');
    expect(text).not.toContain('| IncidentResolved |');
    expect(text).toContain('- not sealed yet: position 9, IncidentResolved at 2026-11-20T10:30:00.000Z');
    expect(text).toContain('- not sealed yet: position 3, what shows the condition of alert log\\_tampered');
    expect(text).toContain('- position 4, what shows');
    expect(
      text.endsWith(
        '## Sealed events\n\n```interlock-export\n{"one":1}\n```\n\n```interlock-export\n{"two":2}\n```\n',
      ),
    ).toBe(true);
  });

  it('lets no text of the log be more than text', () => {
    const text = postMortem(incident, timeline);
    expect(text).toContain('a \\| b');
    expect(text).not.toContain('<script>');
  });
});
