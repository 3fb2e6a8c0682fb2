import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { given } from '@interlock/kernel';
import {
  accessDecider,
  personDecider,
  personStream,
  secretDecider,
  type PersonCommand,
  type PersonEvent,
} from '../src/index.js';

const person_id = '5f0c7b1e-3a52-4d0b-9c8e-6a1f2b3c4d5e';
type Examples = { readonly [type: string]: { readonly [name: string]: unknown } };
const examples = JSON.parse(
  readFileSync(new URL('../../../fixtures/privacy/events.json', import.meta.url), 'utf8'),
) as Examples;
const exampleOf = (type: PersonEvent['type']): PersonEvent => ({ type, data: examples[type] }) as never;
const erased = exampleOf('PersonErased');
const name = String(examples['PersonInvited']!['name']);
const session_id = String(examples['SessionStarted']!['session_id']);
const invitation_id = String(examples['PersonInvited']!['invitation_id']);

const invite: PersonCommand = {
  kind: 'invite',
  person_id,
  invitation_id,
  occasion: 'new',
  role: 'approver',
  name,
  expires_at: '2026-01-08T00:00:00.000Z',
  ends_sessions: false,
};
const start: PersonCommand = {
  kind: 'start_session',
  person_id,
  session_id,
  by: 'invitation',
  roles: ['approver'],
  name,
  expires_at: '2026-01-01T12:00:00.000Z',
  invitation: { id: invitation_id, made_by: 'person' },
};
const began = [exampleOf('InvitationUsed'), exampleOf('SessionStarted')];
const decided = (before: readonly PersonEvent[], command: PersonCommand): readonly PersonEvent[] =>
  given(personDecider, before).when(command).events;

describe('a person in the log', () => {
  it('is recorded as erased, as the example that is checked in', () => {
    const { events, state } = given(personDecider, []).when({ kind: 'record_erasure', person_id });
    expect(events).toEqual([erased]);
    expect(state).toMatchObject({ erased_at: '2026-01-01T00:00:00.000Z' });
  });

  it('is recorded as erased once, and nothing is recorded of them after it', () => {
    expect(decided([erased], { kind: 'record_erasure', person_id })).toEqual([]);
    expect(given(personDecider, [erased]).when(invite).error).toMatchObject({
      code: 'wrong-state',
      detail: 'the person was erased',
    });
  });

  it('has examples of every event of people and access, and no others', () => {
    const types = [personDecider, accessDecider, secretDecider].flatMap((decider) => decider.types);
    expect(Object.keys(examples).sort()).toEqual(types.sort());
  });

  it('is invited and given the role, which another link does not give again', () => {
    const invited = [exampleOf('PersonInvited'), exampleOf('RoleGranted')];
    expect(decided([], invite)).toEqual(invited);
    const link: PersonCommand = { ...invite, occasion: 'link', invitation_id: session_id };
    expect(decided(invited, link).map(({ type }) => type)).toEqual(['PersonInvited']);
    expect(decided([], link).map(({ type }) => type)).toEqual(['PersonInvited']);
    // What is asked for again has happened already.
    expect(decided(invited, invite)).toEqual([]);
  });

  it('loses their open sessions by a link that another person made, and by none if none are open', () => {
    const link = { ...invite, occasion: 'link', ends_sessions: true } as const;
    expect(decided(began, link).at(-1)).toMatchObject({
      type: 'SessionRevoked',
      data: { session_id: null, because: 'new-link' },
    });
    expect(decided([...began, exampleOf('SessionEnded')], link).map(({ type }) => type)).toEqual([
      'PersonInvited',
    ]);
  });

  it('begins a session with a link, or with a provider without one', () => {
    expect(decided([], start)).toEqual(began);
    const { invitation: _invitation, ...byProvider } = { ...start, by: 'provider' as const };
    expect(decided([], byProvider).map(({ type }) => type)).toEqual(['SessionStarted']);
  });

  it('signs out, and is signed out', () => {
    expect(decided(began, { kind: 'end_session', person_id, session_id })).toEqual([
      exampleOf('SessionEnded'),
    ]);
    expect(
      decided(began, { kind: 'revoke_sessions', person_id, session_id: null, because: 'removed' }),
    ).toEqual([exampleOf('SessionRevoked')]);
  });

  it('loses role and sessions when removed, each only if they have it', () => {
    const remove = { kind: 'remove', person_id, role: 'approver' } as const;
    expect(decided([exampleOf('RoleGranted'), ...began], remove)).toEqual([
      exampleOf('RoleRevoked'),
      exampleOf('SessionRevoked'),
    ]);
    expect(decided([], remove)).toEqual([]);
  });

  it('has a stream of its own in its tenant, owned by audit', () =>
    expect(personStream('demo', person_id)).toBe(`person-demo:${person_id}`));
});
