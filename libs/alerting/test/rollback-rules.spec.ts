import { describe, expect, it } from '@jest/globals';
import { uuidV5, type RecordedEvent } from '@interlock/kernel';
import { hours, judged, Log } from './recorded.js';

describe('rollback_failed', () => {
  it('holds for a response that could not be taken back, until it is or its incident is resolved', () => {
    const log = new Log();
    const failed = log.event('ResponseUndoFailed', 'response-demo:r', { detail: 'EACCES' });
    const undone = (id: string) => log.event('ResponseUndone', `response-demo:${id}`);
    expect(judged('rollback_failed', [failed, undone('other')], hours(99))).toMatchObject([
      { severity: 'critical', detail: 'the response `r` could not be taken back' },
    ]);
    expect(judged('rollback_failed', [failed, undone('r')], hours(1))).toEqual([]);
    const resolved = log.event('IncidentResolved', `incident-demo:${uuidV5('incident', failed.id)}`);
    expect(judged('rollback_failed', [failed, resolved], hours(1))).toEqual([]);
  });

  it('holds until a person has resolved its incident', () => {
    const log = new Log();
    const failed = log.event('ActionRollbackFailed', 'action-demo:a-1', { entity_id: 'cell-1' });
    const incident = (id: string): RecordedEvent => log.event('IncidentResolved', `incident-demo:${id}`);
    expect(judged('rollback_failed', [failed, incident('other')], hours(99))).toMatchObject([
      { subject: 'action-demo:a-1', severity: 'critical' },
    ]);
    expect(judged('rollback_failed', [failed, incident(uuidV5('incident', failed.id))], hours(1))).toEqual(
      [],
    );
  });
});

describe('temporary_change_stays', () => {
  const refused = (log: Log, h: number, data: object = { temporary: true }): RecordedEvent =>
    log.event(
      'RollbackRefused',
      'action-demo:a-1',
      { reasons: [{ detail: 'others changed it' }], ...data },
      hours(h),
    );

  it('holds from the first refusal until the change is undone, rolled back, or a day has passed', () => {
    const log = new Log();
    const [first, again] = [refused(log, 0), refused(log, 1)];
    expect(judged('temporary_change_stays', [first, again], hours(24.9))).toMatchObject([
      {
        subject: 'action-demo:a-1',
        firing: first.id,
        detail: 'the temporary change of action `a-1` is still in place: others changed it',
        evidence: { from: '1', to: '2' },
      },
    ]);
    expect(judged('temporary_change_stays', [first, again], hours(25))).toEqual([]);
    for (const type of ['TemporaryChangeUndone', 'ActionRolledBack', 'ActionRollbackFailed'])
      expect(judged('temporary_change_stays', [first, log.event(type, 'action-demo:a-1')], hours(1))).toEqual(
        [],
      );
  });

  it('is not about a rollback that a person asked for', () =>
    expect(judged('temporary_change_stays', [refused(new Log(), 0, {})], hours(1))).toEqual([]));
});

describe('bundle_rolled_back', () => {
  it('holds until another bundle is activated', () => {
    const log = new Log();
    const back = log.event('BundleRolledBack', 'rollout-demo:all', {
      bundle_version: '1.1.0',
      restored_version: '1.0.0',
    });
    expect(judged('bundle_rolled_back', [back], hours(99))).toMatchObject([
      { severity: 'high', detail: 'bundle 1.1.0 was rolled back: 1.0.0 decides again' },
    ]);
    expect(
      judged('bundle_rolled_back', [back, log.event('BundleActivated', 'rollout-demo:all')], hours(1)),
    ).toEqual([]);
  });

  it("is one per team: another team's activation or rollback ends none of it", () => {
    const log = new Log();
    const back = (team: string) =>
      log.event('BundleRolledBack', `rollout-demo:${team}`, { bundle_version: '1.1.0' });
    const [one, other] = [back('ran'), back('core')];
    const subjects = (events: readonly RecordedEvent[]) =>
      judged('bundle_rolled_back', events, hours(1)).map(({ subject }) => subject);
    expect(subjects([one, other])).toEqual(['rollout-demo:ran', 'rollout-demo:core']);
    expect(subjects([one, other, log.event('BundleActivated', 'rollout-demo:core')])).toEqual([
      'rollout-demo:ran',
    ]);
  });
});

describe('policy_rollout', () => {
  it('ends with its incident or with the bundle', () => {
    const log = new Log();
    const paged = log.event('RolloutPaged', 'rollout-demo:all', {
      bundle_id: 'b',
      bundle_version: '1',
      incident_id: 'i',
      reason: 'r',
    });
    expect(judged('policy_rollout', [paged], hours(9))).toMatchObject([
      { severity: 'high', detail: 'bundle 1: r' },
    ]);
    expect(
      judged('policy_rollout', [paged, log.event('IncidentResolved', 'incident-demo:i')], hours(9)),
    ).toEqual([]);
    const after = (type: string, data: object, stream = 'rollout-demo:all'): number =>
      judged('policy_rollout', [paged, log.event(type, stream, data)], hours(9)).length;
    expect(after('BundleRolledBack', { bundle_id: 'b' })).toBe(0);
    expect(after('BundleRolledBack', { bundle_id: 'a', withdrawn_canary_id: 'b' })).toBe(0);
    expect(after('BundleRolledBack', { bundle_id: 'c', withdrawn_canary_id: null })).toBe(1);
    expect(after('BundleActivated', { bundle_id: 'c', canary_pct: 100, previous_bundle_id: 'b' })).toBe(0);
    expect(after('BundleActivated', { bundle_id: 'c', canary_pct: 10, previous_bundle_id: 'b' })).toBe(1);
    expect(after('CanaryPromoted', { bundle_id: 'c', to_pct: 100, previous_bundle_id: 'b' })).toBe(0);
    expect(after('CanaryPromoted', { bundle_id: 'b', to_pct: 50, previous_bundle_id: null })).toBe(1);
    expect(after('BundleRolledBack', { bundle_id: 'b' }, 'rollout-demo:core')).toBe(1);
  });

  it('is one per bundle, rollout and incident', () => {
    const log = new Log();
    const paged = (team: string, incident_id: string) =>
      log.event('RolloutPaged', `rollout-demo:${team}`, { bundle_id: 'b', incident_id });
    const events = [paged('ran', 'i'), paged('core', 'i'), paged('core', 'j'), paged('core', 'j')];
    expect(judged('policy_rollout', events, hours(1)).map(({ subject }) => subject)).toEqual([
      'rollout-demo:ran b i',
      'rollout-demo:core b i',
      'rollout-demo:core b j',
    ]);
    const resolved = log.event('IncidentResolved', 'incident-demo:i');
    expect(judged('policy_rollout', [...events, resolved], hours(1))).toHaveLength(1);
  });
});
