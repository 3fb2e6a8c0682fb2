import { describe, expect, it } from '@jest/globals';
import { isProblem, testMetadata, type Recorded } from '@interlock/kernel';
import { changeDecider, type ChangeCommand, type ChangeEvent, type ChangeState } from '../src/index.js';

const at = '2026-11-25T10:00:00.000Z';
const request: Extract<ChangeCommand, { kind: 'RequestChange' }> = {
  kind: 'RequestChange',
  setting: 'autonomy-demo:modes',
  revision: '3',
  command: { kind: 'SetMode' },
  before_hash: 'b',
  after_hash: 'a',
  loosened: [{ pointer: '/modes/*/*', detail: 'changes' }],
  digest: 'd',
  requester: 'person:ann',
  why: 'the night shift needs it',
  required_people: 2,
  expires_at: '2026-11-26T10:00:00.000Z',
};
const approve = (
  person: string,
  over: Partial<Extract<ChangeCommand, { kind: 'ApproveChange' }>> = {},
  related: readonly string[] = [],
): ChangeCommand => ({ kind: 'ApproveChange', digest: 'd', approver: { person, related }, now: at, ...over });

/** Carries out commands; a refusal is its code. */
const run = (...commands: readonly ChangeCommand[]): { state: ChangeState; said: readonly string[] } => {
  let state = changeDecider.initial;
  const said: string[] = [];
  for (const command of commands)
    try {
      for (const event of changeDecider.decide(command, state)) {
        said.push(event.type);
        const recorded = { ...event, metadata: testMetadata(), revision: 0n } as Recorded<ChangeEvent>;
        state = changeDecider.evolve(state, recorded);
      }
    } catch (error) {
      if (!isProblem(error)) throw error;
      said.push(error.code);
    }
  return { state, said: said.slice(1) };
};

describe('a change request', () => {
  it.each<[string, readonly ChangeCommand[], readonly string[]]>([
    ['of one person is approved by another', [request, approve('person:bob')], ['ChangeApproved']],
    ['is not approved by its requester', [request, approve('person:ann')], ['same-person']],
    ['is not approved by a program', [request, approve('service:ci')], ['person-required']],
    [
      'is not approved by somebody whom the requester invited',
      [request, approve('person:bob', {}, ['person:ann'])],
      ['same-person'],
    ],
    [
      'is not approved by another digest',
      [request, approve('person:bob', { digest: 'x' })],
      ['stale-change'],
    ],
    [
      'of a program needs two people',
      [{ ...request, requester: 'service:ci' }, approve('person:ann'), approve('person:bob')],
      ['ChangeConsented', 'ChangeApproved'],
    ],
    [
      'of a program does not count one person twice',
      [{ ...request, requester: 'service:ci' }, approve('person:ann'), approve('person:ann')],
      ['ChangeConsented'],
    ],
    [
      'of a program does not count two people of whom one invited the other',
      [
        { ...request, requester: 'service:ci' },
        approve('person:ann'),
        approve('person:bob', {}, ['person:ann']),
      ],
      ['ChangeConsented', 'same-person'],
    ],
    [
      'that needs three people has two beside its requester',
      [{ ...request, required_people: 3 }, approve('person:bob'), approve('person:cyd')],
      ['ChangeConsented', 'ChangeApproved'],
    ],
    [
      'that needs one person is confirmed by its requester',
      [{ ...request, required_people: 1 }, approve('person:ann')],
      ['ChangeApproved'],
    ],
    [
      'that needs one person is not confirmed by the program that requests it',
      [{ ...request, required_people: 1, requester: 'service:ci' }, approve('service:ci')],
      ['person-required'],
    ],
    [
      'is not approved after its time, and then it expires',
      [
        request,
        approve('person:bob', { now: request.expires_at }),
        { kind: 'ExpireChange', now: request.expires_at },
        approve('person:bob'),
      ],
      ['wrong-state', 'ChangeExpired', 'wrong-state'],
    ],
    [
      'that is rejected stays so',
      [request, { kind: 'RejectChange', by: 'person:bob', reason: 'no', now: at }, approve('person:cyd')],
      ['ChangeRejected', 'wrong-state'],
    ],
    [
      'is applied once it is approved, and once only',
      [
        request,
        { kind: 'NoteApplied', event_id: 'e', revision: '4' },
        approve('person:bob'),
        { kind: 'NoteApplied', event_id: 'e', revision: '4' },
        { kind: 'NoteApplied', event_id: 'f', revision: '5' },
      ],
      ['wrong-state', 'ChangeApproved', 'ChangeApplied'],
    ],
    [
      'that is stale is void',
      [request, approve('person:bob'), { kind: 'VoidChange', code: 'stale-change', detail: 'x' }],
      ['ChangeApproved', 'ChangeVoided'],
    ],
  ])('%s', (_, commands, expected) => {
    expect(run(...commands).said).toEqual(expected);
  });

  it('names the people who stand for it, and says where one stood alone', () => {
    expect(changeDecider.decide(approve('person:bob'), run(request).state)).toEqual([
      { type: 'ChangeApproved', data: { by: 'person:bob', digest: 'd', people: ['person:bob'] } },
    ]);
    expect(
      changeDecider.decide(approve('person:ann'), run({ ...request, required_people: 1 }).state),
    ).toMatchObject([{ data: { people: ['person:ann'], solo: true } }]);
  });
});
