import {
  changeScopes,
  roleScopes,
  type PersonAccessEvent,
  type Role,
  type Scope,
} from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { counted, itemOf, type AnswerItem, type QuestionFold } from './answer.js';
import { Subject } from './subject.js';

/** A right of a person, from one event until its end; `until` is null while it has not ended. */
type Held = { readonly roles: readonly Role[]; readonly event: RecordedEvent; until: string | null };
type Person = { readonly held: Held[]; readonly sessions: Map<string, Held> };
/**
 * A request to people: the scopes it needs, its time span, and the people who may not answer it.
 */
type Request = {
  scopes: readonly Scope[];
  from: string | null;
  until: string | null;
  readonly barred: Set<string>;
  readonly approved: Set<string>;
};
/** The question about rights: who could decide `id`, or everybody with `scope` at `at`. */
export type RightsAsked = { readonly id?: string; readonly scope?: string; readonly at?: string };
type Data = { readonly [name: string]: unknown };

const asksPeople: ReadonlySet<string> = new Set([
  'ConfirmationWindowOpened',
  'ApprovalRequested',
  'RollbackPrepared',
  'PlanApprovalRequested',
  'FlipListMade',
  'ChangeRequested',
]);
const decides: ReadonlySet<string> = new Set([
  'ActionApproved',
  'ActionConfirmed',
  'RollbackApproved',
  'PlanApproved',
  'BundleApproved',
  'ChangeApproved',
]);
const ends: ReadonlySet<string> = new Set([
  ...decides,
  'ConfirmationWindowElapsed',
  'ActionRejected',
  'ActionExpired',
  'ActionCancelled',
  'ActionDenied',
  'PlanRejected',
  'PlanExpired',
  'PlanCancelled',
  'ChangeRejected',
  'ChangeExpired',
  'ChangeVoided',
]);
const ofCategory: { readonly [category: string]: readonly Scope[] } = {
  action: ['AUTONOMOUS_APPROVE'],
  plan: ['AUTONOMOUS_APPROVE'],
  bundle: ['POLICY_ACTIVATE'],
};

const personKey = (id: string): string => `person:${id}`;
const timeOf = ({ metadata }: RecordedEvent): string => metadata.occurred_at;

/** Folds the roles that people were given and the sessions that they began. */
const personTaken = (person: Person, event: RecordedEvent): void => {
  const { type, data } = event as unknown as PersonAccessEvent;
  const at = timeOf(event);
  switch (type) {
    case 'PersonInvited':
    case 'RoleGranted':
      person.held.push({ roles: [data.role], event, until: null });
      return;
    case 'RoleRevoked':
      for (const one of person.held) if (one.roles.includes(data.role)) one.until ??= at;
      return;
    case 'SessionStarted':
      person.sessions.set(data.session_id, { roles: data.roles, event, until: data.expires_at });
      return;
    case 'SessionEnded':
    case 'SessionRevoked':
      for (const [id, session] of person.sessions)
        if (data.session_id === null || data.session_id === id)
          session.until = session.until !== null && session.until < at ? session.until : at;
      if (type === 'SessionRevoked' && data.because === 'removed')
        for (const one of person.held) one.until ??= at;
      return;
    case 'InvitationUsed':
      return;
  }
};

/** True if the right was held at some time in the span. */
const overlaps = ({ event, until }: Held, from: string, to: string | null): boolean =>
  (to === null || timeOf(event) <= to) && (until === null || until > from);
const gives = ({ roles }: Held, scopes: readonly Scope[]): boolean =>
  roles.some(
    (role) => Object.hasOwn(roleScopes, role) && roleScopes[role].some((one) => scopes.includes(one)),
  );

/** Answers: who could have decided? It uses the people's rights at that time. */
export const rightsFold = (asked: RightsAsked): QuestionFold => {
  const subject = asked.id === undefined ? null : new Subject(asked.id);
  const people = new Map<string, Person>();
  const requests = new Map<string, Request>();

  const ofSubject = (event: RecordedEvent, category: string): void => {
    const request = requests.get(event.stream) ?? {
      scopes: ofCategory[category] ?? [],
      from: null,
      until: null,
      barred: new Set(),
      approved: new Set(),
    };
    requests.set(event.stream, request);
    const data = event.data as Data;
    if (event.type === 'ChangeRequested') request.scopes = changeScopes(data['scope'] as Scope);
    if (event.type !== 'ChangeRequested')
      for (const name of ['requester', 'claimed_by'])
        if (typeof data[name] === 'string') request.barred.add(data[name]);
    if (decides.has(event.type) || event.type === 'ChangeConsented')
      request.approved.add(
        personKey((event.metadata.actor as { readonly person_id?: string }).person_id ?? ''),
      );
    if (asksPeople.has(event.type)) {
      request.from ??= timeOf(event);
      request.until = null;
    } else if (ends.has(event.type) && request.from !== null) request.until ??= timeOf(event);
  };

  const rows = (request: Request): readonly AnswerItem[] =>
    [...people].flatMap(([id, { held, sessions }]): readonly AnswerItem[] => {
      const { from, until, scopes, barred, approved } = request;
      const during = (one: Held): boolean => overlaps(one, from ?? '', until) && gives(one, scopes);
      const session = [...sessions.values()].find(during);
      const right = session ?? held.find(during);
      if (right === undefined) return [];
      const key = personKey(id);
      const title = barred.has(key)
        ? `${key} had the right, and may not: the request is their own`
        : approved.has(key)
          ? `${key} approved`
          : `${key} could have`;
      return [
        itemOf(right.event, title, {
          roles: right.roles.join(', '),
          'signed in': session === undefined ? 'no session was open, only the role was held' : 'yes',
          until: right.until,
        }),
      ];
    });

  return {
    take: (event, of) => {
      if (of.category === 'person') {
        const person = people.get(of.id) ?? { held: [], sessions: new Map<string, Held>() };
        people.set(of.id, person);
        personTaken(person, event);
      } else if (subject?.takes(event, of) === true) ofSubject(event, of.category);
    },
    relevant: ({ category }, stream) => category === 'person' || subject?.means(stream) === true,
    answer: () => {
      const meant =
        subject === null
          ? [
              {
                scopes: [asked.scope as Scope],
                from: asked.at ?? '',
                until: asked.at ?? null,
                barred: new Set<string>(),
                approved: new Set<string>(),
              },
            ]
          : [...requests].flatMap(([stream, one]) =>
              subject.means(stream) && one.scopes.length > 0 ? [one] : [],
            );
      const put = meant.filter(({ from }) => from !== null);
      const items = put.flatMap(rows);
      return {
        found: meant.length > 0,
        summary:
          meant.length > 0 && put.length === 0
            ? 'no person was asked'
            : `${counted(items.length, 'right')} of people with ${put.flatMap(({ scopes }) => scopes).join(' or ')}${put.map(({ from, until }) => (from === '' ? '' : ` from ${from}${until === null ? ' on' : ` to ${until}`}`)).join(',')}`,
        items,
        missing:
          people.size === 0 && put.length > 0
            ? ['what people were given: no event of the category `person` is in the events read']
            : [],
        notes: [
          'Somebody whom an identity provider lets in is in the log only once a session began. Tokens that an issuer gives for the API are in no log until they are used.',
          'Two people who invited each other within 30 days count as one for a change request.',
        ],
      };
    },
  };
};
