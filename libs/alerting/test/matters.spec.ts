import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { defaultFigures, matters, ruleOf } from '../src/index.js';
import { hours, Log } from './recorded.js';

type Found = {
  readonly subject: string;
  readonly severity: string;
  readonly detail: string;
  readonly page?: string;
};
const found = (name: string, events: readonly RecordedEvent[], now = hours(0.1)): readonly Found[] => {
  const rule = ruleOf(name)!;
  return rule.judge(events.reduce(rule.fold, rule.initial), now, defaultFigures);
};
const log = new Log();
const expires_at = hours(1);

/** One stream, request and decision of each matter, and the page that its message leads to. */
const examples: readonly (readonly [string, string, string, string])[] = [
  ['action-demo:a-1', 'ApprovalRequested', 'ReservationRequested', '/approvals?id=a-1&digest=d-1'],
  ['plan-demo:p-1', 'PlanApprovalRequested', 'PlanStarted', '/plans/p-1?digest=d-1'],
  ['bundle-demo:b-1', 'FlipListMade', 'BundleApproved', '/studio/b-1/rollout?digest=d-1'],
  ['autonomy-demo:earned=ran/qos_tune', 'StepUpProposed', 'StepUpSigned', '/autonomy?digest=d-1'],
  ['autonomy-demo:threshold=qos_tune', 'ThresholdProposed', 'ThresholdSigned', '/autonomy?digest=d-1'],
  ['kill_switch-demo:tenant', 'KillSwitchReleaseRequested', 'KillSwitchReleased', '/?digest=d-1'],
  ['change-demo:c-1', 'ChangeRequested', 'ChangeApproved', '/approvals?change=c-1&digest=d-1'],
];

describe('what waits for a person', () => {
  it('has an example here for each row of the table', () => {
    const covered = matters.filter(({ category, covers }) =>
      examples.some(([stream]) => {
        const id = stream.slice(stream.indexOf(':') + 1);
        return stream.startsWith(`${category}-`) && covers?.(id) !== false;
      }),
    );
    expect(covered).toEqual(matters);
  });

  it.each(examples)('on %s is told from %s to %s, with its page', (stream, asks, ends, page) => {
    const asked = log.event(asks, stream, { digest: 'd-1', expires_at });
    expect(found('person_asked', [asked])).toMatchObject([{ subject: stream, severity: 'medium', page }]);
    expect(found('person_asked', [asked, log.event(ends, stream, {})])).toEqual([]);
  });

  it.each(examples)('on %s is told again before %s expires, until %s', (stream, asks, ends) => {
    const asked = log.event(asks, stream, { digest: 'd-1', expires_at }, hours(0));
    expect(found('approval_expiring', [asked], hours(0.83))).toEqual([]);
    expect(found('approval_expiring', [asked], hours(0.84))).toMatchObject([
      { subject: stream, severity: 'high', detail: expect.stringContaining(expires_at) },
    ]);
    expect(found('approval_expiring', [asked], hours(1))).toEqual([]);
    expect(found('approval_expiring', [asked, log.event(ends, stream, {})], hours(0.9))).toEqual([]);
  });

  it('ends by the clock where no event says that it expired', () => {
    for (const [stream, type] of examples.filter(([one]) => /^(kill_switch|change)-/.test(one)))
      expect(found('person_asked', [log.event(type, stream, { expires_at })], hours(1))).toEqual([]);
  });

  it('of a change request is told however little the event says', () => {
    expect(found('person_asked', [log.event('ChangeRequested', 'change-demo:c-2', {})])).toMatchObject([
      {
        detail: 'change request `c-2` would loosen `a setting` and waits for another person until it expires',
      },
    ]);
  });
});

describe('a credential', () => {
  const registered = (expires: string | null, credential = 'service:ci'): RecordedEvent =>
    log.event('CredentialIssued', 'tenant-demo:registry', {
      credential,
      ...(expires === null ? {} : { expires_at: expires }),
    });
  const days = (n: number): string => hours(24 * n);

  it('is told seven days before it expires, and as high from the last day on', () => {
    const events = [
      registered(days(30)),
      registered(days(90), 'service:other'),
      registered(null, 'service:x'),
    ];
    expect(found('credential_expiring', events, days(22))).toEqual([]);
    expect(found('credential_expiring', events, days(24))).toMatchObject([
      { severity: 'medium', detail: expect.stringContaining('service:ci') },
    ]);
    expect(found('credential_expiring', events, days(29.5))).toMatchObject([{ severity: 'high' }]);
    expect(found('credential_expiring', events, days(31))).toMatchObject([
      { severity: 'high', detail: expect.stringContaining('expired at') },
    ]);
  });

  it('is told no longer when it is rotated or revoked', () => {
    const revoked = log.event('CredentialRevoked', 'tenant-demo:registry', { credential: 'service:ci' });
    expect(found('credential_expiring', [registered(days(1)), revoked], days(0.9))).toEqual([]);
    expect(found('credential_expiring', [registered(days(1)), registered(days(60))], days(0.9))).toEqual([]);
  });
});
