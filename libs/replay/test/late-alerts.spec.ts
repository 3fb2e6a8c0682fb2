import { describe, expect, it } from '@jest/globals';
import { alertDecider, RuleEngine, type Consequence } from '@interlock/alerting';
import { parseStream } from '@interlock/contracts';
import { encodeCommand, type Command, type DomainEvent, type RecordedEvent } from '@interlock/kernel';
import { AlertReplay } from '../src/alerting/alerts.js';
import { keptEvents } from '../src/alerting/rule-states.js';
import type { Finding } from '../src/finding.js';
import { firstDifference } from '../src/checks/first-difference.js';

const occurred_at = '2026-11-20T10:00:00.000Z';
const actor = { kind: 'service' as const, service: 'alerting' };
const eventAt = (
  place: number,
  stream: string,
  { type, data }: DomainEvent,
  by?: Command,
): RecordedEvent => ({
  id: `e-${place}`,
  stream,
  revision: 0n,
  type,
  data,
  position: { commit: BigInt(place), prepare: BigInt(place) },
  created: occurred_at,
  metadata: {
    $correlationId: 'c',
    tenant_id: 'demo',
    actor,
    schema_version: 1,
    occurred_at,
    command_id: `c-${place}`,
    ...(by === undefined ? {} : { command: encodeCommand(by, data, { now: occurred_at, actor }) }),
  },
});
const blocked = (place: number, id: string): RecordedEvent =>
  eventAt(place, `response-demo:${id}`, { type: 'ResponseBlocked', data: { response_id: id, gates: [] } });

/** The events that call for an alert, and that alert. */
const called = Array.from({ length: 5 }, (_, i) => blocked(i + 1, `r-${i}`));
const engine = new RuleEngine();
const [{ command, alert_id }] = called.flatMap((event) => engine.take(event)) as [Consequence];

/**
 * What a replay finds for the alert, with its detail, if the service appends it only after so many
 * later events.
 */
const foundAfter = (later: number, detail?: string): readonly Finding[] => {
  const replay = new AlertReplay(() => 'whole', true);
  const fold = (event: RecordedEvent): void => replay.fold(event, parseStream(event.stream)!);
  called.forEach(fold);
  for (let i = 0; i < later; i += 1) fold(blocked(called.length + 1 + i, 'later'));
  if (command.kind !== 'fire') throw new Error('the events call for an alert');
  const by = detail === undefined ? command : { ...command, data: { ...command.data, detail } };
  const [fired] = alertDecider.decide(by, alertDecider.initial);
  const stream = `alert-demo:${alert_id}`;
  return replay
    .take(eventAt(called.length + 1 + later, stream, fired!, by), parseStream(stream)!)
    .filter(
      (finding) => 'missing' in finding || firstDifference(finding.recorded, finding.replayed) !== null,
    );
};

describe('an alert of a service that was down', () => {
  it.each([0, 1, 63, 64, 100, 5000])('is judged again after %d later events of its rule', (later) => {
    expect(foundAfter(later)).toEqual([]);
    expect(foundAfter(later, 'something else')).not.toEqual([]);
  });

  it('is not checked, and is no difference, when its inputs are no longer kept', () => {
    const later = 2 * keptEvents;
    const past = { kind: 'alert', missing: 'its cause is of too long ago', excused: true };
    expect(foundAfter(later)).toEqual([past]);
    expect(foundAfter(later - called.length - 1)).toEqual([]);
  });
});
