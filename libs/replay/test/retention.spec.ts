import { describe, expect, it } from '@jest/globals';
import { retentionDecider, retentionLoosens, retentionStream, type RecordedEvent } from '@interlock/kernel';
import { exportedEvent, readExportedLine } from '@interlock/tree';
import { Replay, type ReplayReport } from '../src/index.js';
import { writeSetting } from './simulated-log/changes.ts';
import { Journal, person, tenant } from './simulated-log/journal.ts';

const [ann, bob] = [person('ann'), person('bob')];
const retention = {
  stream: retentionStream(tenant),
  decider: retentionDecider,
  loosens: retentionLoosens,
};
const log = new Journal(1);
writeSetting(log, retention, { kind: 'SetRetention', days: { kpis: 90 }, reason: 'why' }, ann, bob);
writeSetting(log, retention, { kind: 'SetRetention', days: { kpis: 365 }, reason: 'why' }, ann);
const events = log.out.filter(({ stream }) => !stream.startsWith('alert-'));

const replayed = (list: readonly RecordedEvent[]): ReplayReport => {
  const replay = new Replay({ whole: true });
  for (const event of list) {
    const read = readExportedLine(JSON.stringify(exportedEvent(event)));
    if ('fault' in read) throw new Error(read.fault);
    if (!replay.take(read.event)) break;
  }
  return replay.end();
};

describe('the retention of a tenant in the log', () => {
  it('replays where a shorter one applies a change of two people and a longer one is written at once', () => {
    expect(events.map(({ type }) => type)).toEqual([
      'ChangeRequested',
      'ChangeApproved',
      'RetentionSet',
      'ChangeApplied',
      'RetentionSet',
    ]);
    expect(replayed(events).difference).toBeNull();
  });

  it('is found where it was shortened without a change', () => {
    const shorter = events.with(4, { ...events[4]!, data: { days: { kpis: 30 }, reason: 'why' } });
    expect(replayed(shorter).difference?.what).toBe(
      'what loosens a setting applies a change that people have approved',
    );
  });
});
