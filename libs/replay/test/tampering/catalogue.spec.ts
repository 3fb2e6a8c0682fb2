import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { eventLine, parseVerifier, verifierText } from '@interlock/tree';
import { verifyLog } from '@interlock/verify';
import { Replay, type ReplayReport } from '../../src/index.js';
import { Dice, leaves, withOther } from './alterations.js';
import { own, variantsOf } from './corpus.js';
import { wholeCatalogue } from './honest-log.js';
import { logKey, SealedEvents, sha256, sourceOf, textOf } from './sealed-events.js';

const key = parseVerifier(verifierText(logKey))!;
const runs = Number(process.env['INTERLOCK_TAMPERINGS'] ?? 2);

/** Every kind of event that docs/events.md lists, by category. */
const catalogue = readFileSync(new URL('../../../../docs/events.md', import.meta.url), 'utf8')
  .split('\n## ')
  .slice(1)
  .flatMap((section) => {
    const [category = ''] = section.split('\n');
    return [...section.matchAll(/^\| `(\w+)` \| \d+ \|/gm)].map(([, type]) => `${category} ${type}`);
  });
const kindOf = ({ stream, type }: RecordedEvent): string => `${parseStream(stream)!.category} ${type}`;

const replayed = (events: readonly RecordedEvent[], whole = true): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};

let events: readonly RecordedEvent[];
beforeAll(async () => {
  // A seed whose log has every kind.
  events = await wholeCatalogue(13);
});

describe('an honest log with every kind of event', () => {
  it('has each one of the catalogue, and no other', () => {
    const kinds = [...new Set(events.map(kindOf))].sort();
    expect(catalogue.length).toBeGreaterThan(250);
    expect(kinds).toEqual([...catalogue].sort());
  });

  it('is made again, but for what comes from outside the log', () => {
    const { difference, unchecked, unknown, owed, not_made_again: open } = replayed(events);
    expect([difference, unchecked, unknown, owed]).toEqual([null, {}, {}, {}]);
    expect(open.map(({ kind, because }) => [kind, because])).toEqual([
      ['trace', 'it comes from outside the log'],
      ['estimate', 'what `agent-gateway` knows is in no log'],
      ['estimate', 'what `posture` knows is in no log'],
    ]);
  });

  it('is accused in no part, and at no length', async () => {
    const log = new SealedEvents(events);
    for (const [part, isComplete] of variantsOf(events)) {
      const text = textOf(await log.file(part, own));
      const found = await verifyLog([sourceOf(text)], { key, sha256, complete: true });
      expect([part, found.faults, found.verified]).toEqual([part, [], isComplete]);
    }
    for (const tenant of ['sim', 'acme', '_system'])
      expect([
        tenant,
        replayed(
          events.filter(({ stream }) => parseStream(stream)?.tenant === tenant),
          false,
        ).difference,
      ]).toEqual([tenant, null]);
    for (let to = 1; to < events.length; to += 263)
      expect([to, replayed(events.slice(0, to)).difference]).toEqual([to, null]);
  });
});

describe('an event of any kind', () => {
  it('is not edited without a finding of the verifier', async () => {
    const log = new SealedEvents(events);
    const whole = await log.file({ tenant: null, filter: {} }, own);
    const dice = new Dice(runs);
    for (let n = 0; n < runs * 3; n += 1) {
      const kind = dice.of(catalogue);
      const place = events.findIndex((event) => kindOf(event) === kind);
      const event = events[place]!;
      const path = dice.of(leaves(event.data));
      const data = path.length === 0 ? { forged: true } : withOther(event.data, path);
      const line = eventLine({ ...event, data: data as RecordedEvent['data'] });
      const text = textOf({ ...whole, lines: whole.lines.with(place, line) });
      const { faults } = await verifyLog([sourceOf(text)], { key, sha256, complete: true });
      expect([kind, path, faults.length > 0]).toEqual([kind, path, true]);
    }
  });

  it.each([
    ['action ApprovalEscalated', 'expires_at'],
    ['action ConfirmationWindowStarted', 'due_at'],
    ['action RollbackRefused', 'cause'],
    ['alert AlertAcknowledged', 'by'],
    ['autonomy StepUpSigned', 'digest'],
    ['budget BudgetRefused', 'limit'],
    ['checkpoint CheckpointCosigned', 'witness'],
    ['checkpoint LogTruncated', 'cut_id'],
    ['checkpoint LogCutNoted', 'through'],
    ['device DeviceDriftAdopted', 'leaves.0.actual'],
    ['device DeviceQualified', 'level'],
    ['incident IncidentLinked', 'id'],
    ['kill_switch KillSwitchReleaseRequested', 'by'],
    ['link LinkRefused', 'reason'],
    ['plan PlanApproved', 'by'],
    ['mcp_call ToolCallAnswered', 'state'],
    ['call ConfirmRequested', 'request_id'],
    ['response TurnAccepted', 'action'],
    ['rollout CanaryPromoted', 'to_pct'],
    ['trace TraceJudged', 'impact_delta'],
    ['trace TraceForgotten', 'trace_id'],
    ['trace TraceForgotten', 'action_type'],
    ['trace TraceForgotten', 'reason'],
  ])('is found by the replay where its rule does not hold: %s with another %s', (kind, member) => {
    const place = events.findIndex((event) => kindOf(event) === kind);
    const event = events[place]!;
    const path = member.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    const data = withOther(event.data, path) as RecordedEvent['data'];
    expect(replayed(events.with(place, { ...event, data })).difference).not.toBeNull();
  });
});
