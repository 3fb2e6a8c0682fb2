import { quantile, table } from '../report.mjs';

/** The current end of the log. */
export async function logEnd(client) {
  for await (const { commitPosition, event } of client.readAll({
    direction: 'backwards',
    fromPosition: 'end',
    maxCount: 1,
  }))
    return event?.position ?? { commit: commitPosition, prepare: commitPosition };
  return 'start';
}

/** All events after a position, grouped by append. */
export async function eventsSince(client, position) {
  const events = [];
  for await (const { event } of client.readAll({ fromPosition: position }))
    if (event !== undefined && !event.type.startsWith('$')) events.push(event);
  return events;
}

const categories = ['action', 'evaluation', 'budget', 'lease', 'device_tx', 'device'];

/** Appends per decision: an append is a group of adjacent events of one stream and one instant. */
export function appendsPerDecision(events, decisions) {
  const counts = new Map(categories.map((name) => [name, 0]));
  let before = '';
  for (const { streamId, created } of events) {
    const append = `${streamId}\n${Number(created)}`;
    const category = streamId.slice(0, streamId.indexOf('-'));
    if (append !== before && counts.has(category)) counts.set(category, counts.get(category) + 1);
    before = append;
  }
  const by = new Map([...counts].map(([name, appends]) => [name, appends / decisions]));
  return { total: [...by.values()].reduce((a, b) => a + b, 0), by };
}

const ms = (value) => value.toFixed(0);

/** The services that actions had to wait for, and why; under load these are missed deadlines. */
export function waitTable(events) {
  const waits = new Map();
  for (const { type, data } of events) {
    if (type !== 'ServiceAwaited') continue;
    const name = `${data.gate}: ${data.detail}`;
    waits.set(name, (waits.get(name) ?? 0) + 1);
  }
  return waits.size === 0
    ? ''
    : table(
        ['service awaited', 'times'],
        [...waits]
          .toSorted((a, b) => b[1] - a[1])
          .slice(0, 12)
          .map(([name, count]) => [name.slice(0, 140), `${count}`]),
      );
}

/**
 * The duration of each step of an action: between appends of its own stream, and from the intent's
 * time to the first.
 */
export function stageTable(events) {
  const actions = new Map();
  for (const event of events)
    if (event.streamId.startsWith('action-'))
      actions.set(event.streamId, [...(actions.get(event.streamId) ?? []), event]);
  const steps = new Map();
  const add = (name, time) => steps.set(name, [...(steps.get(name) ?? []), time]);
  for (const own of actions.values()) {
    let before =
      own[0].type === 'IntentAccepted'
        ? { type: 'published', at: Date.parse(own[0].data.time), command: '' }
        : undefined;
    for (const { type, created, metadata } of own) {
      const at = new Date(created).getTime();
      if (before !== undefined && before.command !== metadata.command_id)
        add(`${before.type} → ${type}`, at - before.at);
      before = { type, at, command: metadata.command_id };
    }
  }
  const lines = [...steps].map(([name, times]) => [
    name,
    `${times.length}`,
    ms(quantile(times, 0.5)),
    ms(quantile(times, 0.99)),
  ]);
  return lines.length === 0
    ? ''
    : table(["step, by the action's own events", 'count', 'p50 ms', 'p99 ms'], lines);
}
