import { describe, expect, it } from '@jest/globals';
import { given, isProblem, testMetadata, type RecordedEvent } from '@interlock/kernel';
import {
  actionEventsOfInterest,
  alertDecider,
  incidentDecider,
  over,
  raised,
  reactionTo,
} from '../src/index.js';

const actionEventTypes = [
  'IntentAccepted',
  'PolicyEvaluated',
  'ActionCompleted',
  'ActionRolledBack',
  'ActionRollbackFailed',
  'ActionExpired',
  'ActionDeniedByPolicy',
];

const event = (type: string, stream: string, data: object, id = 'e-1'): RecordedEvent => ({
  id,
  type,
  stream,
  data,
  metadata: testMetadata(),
  revision: 3n,
  position: { commit: 9n, prepare: 9n },
  created: '2026-11-20T10:00:00.000Z',
});
const rolledBack = {
  entity_id: 'cell-1',
  action_type: 'cell_failover',
  reasons: [{ code: 'kpi-worse', detail: 'drops rose' }],
};
const engaged = event('KillSwitchEngaged', 'kill_switch-demo:tenant', { scope: 'tenant' });

describe('what events call for', () => {
  it('a rolled-back action opens an incident of its tenant, the same event always the same one', () => {
    const reaction = reactionTo(event('ActionRolledBack', 'action-demo:a-1', rolledBack));
    expect(reaction).toMatchObject({
      kind: 'incident',
      tenant: 'demo',
      command: {
        kind: 'open',
        data: { severity: 'high', action_id: 'a-1', entity_id: 'cell-1', detail: 'drops rose' },
      },
    });
    expect(reactionTo(event('ActionRolledBack', 'action-demo:a-1', rolledBack))).toEqual(reaction);
    expect(reactionTo(event('ActionRolledBack', 'action-demo:a-1', rolledBack, 'e-2'))?.stream).not.toBe(
      reaction?.stream,
    );
  });

  it('a rollback that failed is critical', () => {
    expect(reactionTo(event('ActionRollbackFailed', 'action-demo:a-1', rolledBack))).toMatchObject({
      command: { data: { severity: 'critical' } },
    });
  });

  it('the kill switch raises one alert per switch, and its release ends it', () => {
    const fired = reactionTo(engaged);
    expect(fired).toMatchObject({
      kind: 'alert',
      command: { kind: 'fire', data: { name: 'kill_switch', severity: 'critical' } },
    });
    expect(
      reactionTo(event('KillSwitchReleased', 'kill_switch-demo:tenant', { scope: 'tenant' }, 'e-2')),
    ).toMatchObject({ stream: fired!.stream, command: { kind: 'end' } });
    expect(
      reactionTo(event('KillSwitchEngaged', 'kill_switch-demo:type=x', { scope: 'action_type' }))?.stream,
    ).not.toBe(fired!.stream);
  });

  it('a log that contradicts what was signed raises one critical alert for each that shows it', () => {
    const found = (found_by: string, id: string): ReturnType<typeof reactionTo> =>
      reactionTo(
        event(
          'TreeInconsistencyFound',
          'checkpoint-demo:log',
          { origin: 'log/demo', tree_size: 7, found_by, detail: 'another root' },
          id,
        ),
      );
    expect(found('log', 'e-1')).toMatchObject({
      kind: 'alert',
      tenant: 'demo',
      command: {
        kind: 'fire',
        data: {
          name: 'tree_inconsistent',
          severity: 'critical',
          detail: 'the log contradicts what was signed of it (log): another root',
        },
      },
    });
    expect(found('log', 'e-2')?.stream).toBe(found('log', 'e-1')?.stream);
    expect(found('directory', 'e-3')?.stream).not.toBe(found('log', 'e-1')?.stream);
  });

  it('a log that agrees again with what was signed ends the alert of the one that showed it', () => {
    const about = (type: string, found_by: string): ReturnType<typeof reactionTo> =>
      reactionTo(
        event(
          type,
          'checkpoint-demo:log',
          { origin: 'log/demo', tree_size: 7, found_by, detail: 'it agrees' },
          'e-7',
        ),
      );
    expect(about('TreeInconsistencyResolved', 'git')).toMatchObject({
      stream: about('TreeInconsistencyFound', 'git')!.stream,
      command: { kind: 'end', detail: 'the log agrees again with what was signed of it (git): it agrees' },
    });
    expect(about('TreeInconsistencyResolved', 'git')!.stream).not.toBe(
      about('TreeInconsistencyFound', 'log')!.stream,
    );
  });

  it('names the events of actions that it wants', () => {
    for (const type of actionEventTypes)
      expect(reactionTo(event(type, 'action-demo:a-1', rolledBack)) !== null).toBe(
        (actionEventsOfInterest as readonly string[]).includes(type),
      );
  });

  it('other events call for nothing', () => {
    expect(reactionTo(event('ActionCompleted', 'action-demo:a-1', rolledBack))).toBeNull();
  });
});

describe('an alert', () => {
  const fire = (reactionTo(engaged) as { command: Parameters<typeof alertDecider.decide>[0] }).command;
  const end = { kind: 'end', detail: 'over', cause: { event_id: 'e-9', type: 't', stream: 's' } } as const;

  it('fires once per event, is acknowledged, ends, and fires again', () => {
    const first = given(alertDecider, []).when(fire);
    expect(first.state.status).toBe('firing');
    expect(given(alertDecider, first.events).when(fire).events).toEqual([]);
    const seen = given(alertDecider, first.events).when({ kind: 'acknowledge', by: 'person:p', note: null });
    expect(seen.state.status).toBe('acknowledged');
    const over = given(alertDecider, [...first.events, ...seen.events]).when(end);
    expect(over.state.status).toBe('resolved');
    expect(given(alertDecider, [...first.events, ...over.events]).when(end).events).toEqual([]);
    expect(
      isProblem(
        given(alertDecider, [...first.events, ...over.events]).when({
          kind: 'acknowledge',
          by: 'person:p',
          note: null,
        }).error,
        'wrong-state',
      ),
    ).toBe(true);
  });

  it('that never fired can be neither ended nor acknowledged', () => {
    expect(given(alertDecider, []).when(end).events).toEqual([]);
    expect(
      isProblem(
        given(alertDecider, []).when({ kind: 'acknowledge', by: 'person:p', note: null }).error,
        'not-found',
      ),
    ).toBe(true);
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
  const cause = { event_id: 'e-1', type: 'ActionCompleted', stream: 'action-demo:a-1' };
  const { command } = raised({ ...request, cause });
  const end = over({ ...request, request_id: '00000000-0000-4000-8000-000000000002' }).command;

  it('is one per name and subject, belongs to no tenant, and has the severity of its name', () => {
    const one = raised({ ...request, cause });
    expect(one.stream).toBe(`alert-_system:${one.alert_id}`);
    expect(one.command).toMatchObject({
      kind: 'raise',
      data: {
        name: 'projection_lag',
        severity: 'medium',
        detail: 'safety-rails/actions: it stands still',
        cause,
      },
    });
    expect(raised({ ...request, detail: 'else', cause: null }).stream).toBe(one.stream);
    expect(over(request).stream).toBe(one.stream);
    expect(raised({ ...request, subject: 'alerting/alerting', cause }).stream).not.toBe(one.stream);
  });

  it('has the request as its cause where no event is', () => {
    expect(raised({ ...request, cause: null }).command).toMatchObject({
      data: {
        cause: { event_id: request.request_id, type: 'alerting.raise', stream: 'safety-rails/actions' },
      },
    });
  });

  it('fires once for a cause while it holds, again for another, and again for the same after its end', () => {
    const first = given(alertDecider, []).when(command);
    expect(first.state.status).toBe('firing');
    expect(given(alertDecider, first.events).when(command).events).toEqual([]);
    expect(
      given(alertDecider, first.events).when(
        raised({ ...request, cause: { ...cause, event_id: 'e-2' } }).command,
      ).events,
    ).toHaveLength(1);
    const ended = given(alertDecider, first.events).when(end);
    expect(ended.state.status).toBe('resolved');
    expect(given(alertDecider, [...first.events, ...ended.events]).when(command).state.status).toBe('firing');
  });

  it('that never fired does not end', () => {
    expect(given(alertDecider, []).when(end).events).toEqual([]);
  });
});

describe('an incident', () => {
  const open = (
    reactionTo(event('ActionRolledBack', 'action-demo:a-1', rolledBack)) as {
      command: Parameters<typeof incidentDecider.decide>[0];
    }
  ).command;
  const person = { by: 'person:p', note: 'looked at' };

  it('goes from open over acknowledged to resolved, each once', () => {
    const opened = given(incidentDecider, []).when(open);
    expect(given(incidentDecider, opened.events).when(open).events).toEqual([]);
    const seen = given(incidentDecider, opened.events).when({ kind: 'acknowledge', ...person });
    expect(
      given(incidentDecider, [...opened.events, ...seen.events]).when({ kind: 'acknowledge', ...person })
        .events,
    ).toEqual([]);
    const done = given(incidentDecider, [...opened.events, ...seen.events]).when({
      kind: 'resolve',
      ...person,
    });
    expect(done.state.status).toBe('resolved');
    expect(
      isProblem(
        given(incidentDecider, [...opened.events, ...done.events]).when({ kind: 'acknowledge', ...person })
          .error,
        'wrong-state',
      ),
    ).toBe(true);
  });

  it('that does not exist is not found', () => {
    expect(
      isProblem(given(incidentDecider, []).when({ kind: 'resolve', ...person }).error, 'not-found'),
    ).toBe(true);
  });
});
