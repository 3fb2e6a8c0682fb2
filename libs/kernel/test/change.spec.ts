import { describe, expect, it } from '@jest/globals';
import type { Actor } from '@interlock/contracts';
import {
  changeDecider,
  changeDigest,
  isProblem,
  requiredPeopleInForce,
  testMetadata,
  type ChangeCommand,
  type ChangeContent,
  type ChangeEvent,
  type ChangeState,
  type Recorded,
} from '../src/index.js';

const at = '2026-11-25T10:00:00.000Z';
const request: Extract<ChangeCommand, { kind: 'RequestChange' }> = {
  kind: 'RequestChange',
  setting: 'autonomy-demo:modes',
  revision: '3',
  command: { kind: 'SetMode' },
  loosened: [{ pointer: '/modes/*/*', detail: 'changes' }],
  scope: 'AUTONOMY_ADMIN',
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
): ChangeCommand => ({
  kind: 'ApproveChange',
  digest: 'd',
  by: person,
  refused_as: [person],
  related,
  now: at,
  ...over,
});

/** The principal that gives a command. */
const actorOf = (command: ChangeCommand): Actor => {
  const key =
    command.kind === 'RequestChange'
      ? command.requester
      : 'by' in command
        ? command.by
        : 'service:safety-rails';
  const [kind, name = ''] = key.split(':');
  return kind === 'person' ? { kind: 'person', person_id: name } : { kind: 'service', service: name };
};

/** Carries out commands; a refusal is its code. */
const run = (...commands: readonly ChangeCommand[]): { state: ChangeState; said: readonly string[] } => {
  let state = changeDecider.initial;
  const said: string[] = [];
  for (const command of commands)
    try {
      for (const event of changeDecider.decide(command, state)) {
        said.push(event.type);
        const metadata = { ...testMetadata(), actor: actorOf(command) };
        const recorded = { ...event, metadata, revision: 0n } as Recorded<ChangeEvent>;
        state = changeDecider.evolve(state, recorded);
      }
    } catch (error) {
      if (!isProblem(error)) throw error;
      said.push(error.code);
    }
  return { state, said: said.slice(1) };
};

const glass = (
  person: string,
  over: Partial<Extract<ChangeCommand, { kind: 'BreakGlass' }>> = {},
): ChangeCommand => ({
  kind: 'BreakGlass',
  digest: 'd',
  by: person,
  reason: 'the site is down',
  seconds: 600,
  now: at,
  ...over,
});
const breakable: ChangeCommand = { ...request, can_break_glass: true };
const applied: ChangeCommand = { kind: 'NoteApplied', revision: '4' };
const ended = (now: string): ChangeCommand => ({ kind: 'NoteEnded', revision: '5', restored: true, now });

describe('a change by break-glass', () => {
  it.each<[string, readonly ChangeCommand[], readonly string[]]>([
    ['is approved by its requester alone', [breakable, glass('person:ann')], ['ChangeApproved']],
    ['is approved once', [breakable, glass('person:ann'), glass('person:bob')], ['ChangeApproved']],
    ['is not approved by a program', [breakable, glass('service:ci')], ['person-required']],
    ['is bound to its digest', [breakable, glass('person:ann', { digest: 'e' })], ['stale-change']],
    ['needs a setting that can be put back', [request, glass('person:ann')], ['wrong-state']],
    [
      'ends when its time is over, once',
      [
        breakable,
        glass('person:ann'),
        applied,
        ended('2026-11-25T10:09:59.999Z'),
        ended('2026-11-25T10:10:00.000Z'),
        ended('2026-11-25T10:10:01.000Z'),
      ],
      ['ChangeApproved', 'ChangeApplied', 'wrong-state', 'ChangeEnded'],
    ],
    [
      'is the only one that ends',
      [breakable, approve('person:bob'), applied, ended('2026-11-26T10:00:00.000Z')],
      ['ChangeApproved', 'ChangeApplied', 'wrong-state'],
    ],
  ])('%s', (_what, commands, said) => expect(run(...commands).said).toEqual(said));

  it.each([0, 3601, 1.5])('never lasts %d seconds', (seconds) =>
    expect(() => run(breakable, glass('person:ann', { seconds }))).toThrow(RangeError),
  );
});

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
      'is not approved by its requester under another name',
      [request, approve('person:ann2', { refused_as: ['person:ann2', 'person:ann'] })],
      ['same-person'],
    ],
    [
      'that needs three people is not approved twice by one person under two names',
      [
        { ...request, required_people: 3 },
        approve('person:bob'),
        approve('person:bob2', { refused_as: ['person:bob2', 'person:bob'] }),
      ],
      ['ChangeConsented'],
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
        { kind: 'NoteApplied', revision: '4' },
        approve('person:bob'),
        { kind: 'NoteApplied', revision: '4' },
        { kind: 'NoteApplied', revision: '5' },
      ],
      ['wrong-state', 'ChangeApproved', 'ChangeApplied'],
    ],
    [
      'that is stale is void',
      [request, approve('person:bob'), { kind: 'VoidChange', code: 'stale-change', detail: 'x' }],
      ['ChangeApproved', 'ChangeVoided'],
    ],
  ])('%s', (_, commands, expected) => expect(run(...commands).said).toEqual(expected));

  it('names the people who stand for it, and says where one stood alone', () => {
    expect(changeDecider.decide(approve('person:bob'), run(request).state)).toEqual([
      {
        type: 'ChangeApproved',
        data: { by: 'person:bob', digest: 'd', people: ['person:ann', 'person:bob'] },
      },
    ]);
    expect(
      changeDecider.decide(approve('person:ann'), run({ ...request, required_people: 1 }).state),
    ).toMatchObject([{ data: { people: ['person:ann'], solo: true } }]);
  });
});

describe('the digest of a change', () => {
  const content: ChangeContent = {
    setting: 'autonomy-demo:config',
    revision: '3',
    command: { kind: 'SetMode' },
    loosened: [{ pointer: '/modes/*/*', detail: 'changes' }],
    scope: 'AUTONOMY_ADMIN',
  };
  it.each<[string, Partial<ChangeContent>]>([
    ['setting', { setting: 'autonomy-other:config' }],
    ['revision', { revision: '4' }],
    ['command', { command: { kind: 'RemoveMode' } }],
    ['loosened', { loosened: [] }],
    ['scope', { scope: 'POSTURE_WRITE' }],
    ['flip_list_hash', { flip_list_hash: 'a' }],
  ])('is another one with another %s', (_, other) =>
    expect(changeDigest({ ...content, ...other })).not.toBe(changeDigest(content)),
  );
});

it("takes a tenant's own number of people, then the system's, then two", () => {
  expect(requiredPeopleInForce(3, 1)).toBe(3);
  expect(requiredPeopleInForce(null, 1)).toBe(1);
  expect(requiredPeopleInForce(null, null)).toBe(2);
});
