import { describe, expect, it } from '@jest/globals';
import type { Actor, Scope } from '@interlock/contracts';
import { testMetadata, type RecordedEvent } from '@interlock/kernel';
import { waitingAfter, whyNotTheirs, type InboxEntry } from '../src/index.js';

type Fact = readonly [type: string, data: object, actor?: Actor];
const person = (id: string): Actor => ({ kind: 'person', person_id: id });
const program: Actor = { kind: 'service', service: 'ci' };
const after = (...events: readonly Fact[]): InboxEntry | undefined =>
  events.reduce<InboxEntry | undefined>(
    (before, [type, data, actor = program]) =>
      waitingAfter(before, {
        stream: 'change-demo:c-1',
        type,
        data,
        metadata: { ...testMetadata(), actor, occurred_at: '2026-11-20T10:00:00.000Z' },
      } as unknown as RecordedEvent),
    undefined,
  );
const expires_at = '2026-11-21T10:00:00.000Z';
const byProgram: Fact = [
  'ChangeRequested',
  { setting: 'autonomy-demo:config', requester: 'service:ci', required_people: 2, why: 'w', expires_at },
];
const byAnn: Fact = ['ChangeRequested', { setting: 's', requester: 'person:ann', expires_at }, person('ann')];
const looker = (id: string): Parameters<typeof whyNotTheirs>[2] => ({
  person: true,
  scopes: ['AUTONOMY_ADMIN'],
  keys: [`person:${id}`],
});

describe('a change request in the inbox', () => {
  it('of a program waits for as many people as it needs, of a person for one fewer', () => {
    expect(after(byProgram)?.item).toMatchObject({
      kind: 'change',
      id: 'c-1',
      title: 'autonomy-demo:config',
      why: 'w',
      then: 'the setting stays as it is',
      expires_at,
      approvals: 0,
      approvals_required: 2,
    });
    expect(after(byAnn)?.item).toMatchObject({ approvals_required: 1 });
  });

  it('is not for the person who requested it, nor for one who has approved it', () => {
    const asked = after(byAnn)!;
    expect(whyNotTheirs('change', asked, looker('ann'))).toContain('another person');
    expect(whyNotTheirs('change', asked, looker('ben'))).toBeNull();
    const one = after(byProgram, ['ChangeConsented', { by: 'person:ben', digest: 'd' }, person('ben')])!;
    expect(one.item).toMatchObject({ approvals: 1, approvals_required: 2 });
    expect(whyNotTheirs('change', one, looker('ben'))).toContain('another person');
  });

  it('is for who has the scope of the setting or that of approvals', () => {
    const [type, data] = byProgram;
    const of = (scope: string) => after([type, { ...data, scope }])!;
    const having = (scope: Scope) => ({ ...looker('ben'), scopes: [scope] });
    expect(whyNotTheirs('change', of('POLICY_ACTIVATE'), having('POLICY_ACTIVATE'))).toBeNull();
    expect(whyNotTheirs('change', of('POLICY_ACTIVATE'), having('AUTONOMOUS_APPROVE'))).toBeNull();
    expect(whyNotTheirs('change', of('POLICY_ACTIVATE'), having('AUTONOMY_ADMIN'))).toBe(
      'the scope POLICY_ACTIVATE or AUTONOMOUS_APPROVE is needed',
    );
    expect(whyNotTheirs('change', after(byProgram)!, having('AUTONOMOUS_READ'))).toBe(
      'the scope AUTONOMY_ADMIN or AUTONOMOUS_APPROVE is needed',
    );
  });

  it('is for its requester where one person suffices', () => {
    const [type, data, actor] = byAnn;
    const alone = after([type, { ...data, required_people: 1 }, actor!])!;
    expect(whyNotTheirs('change', alone, looker('ann'))).toBeNull();
  });

  it.each(['ChangeApproved', 'ChangeRejected', 'ChangeExpired', 'ChangeApplied', 'ChangeVoided'])(
    'waits no longer after %s',
    (type) => expect(after(byProgram, [type, {}])).toBeUndefined(),
  );
});
