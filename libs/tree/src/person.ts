import { streamName, type PersonAccessEvent, type PersonChange, type Timestamp } from '@interlock/contracts';
import { ProblemError, whereAdded, type Decider, type Loosens } from '@interlock/kernel';

/**
 * A person's row and key were deleted. The metadata say who did it and when; the erased data are
 * nowhere.
 */
export type PersonEvent =
  PersonAccessEvent | { readonly type: 'PersonErased'; readonly data: { readonly person_id: string } };

/** A change as it is decided: of one person, their name sealed, or null if there is none. */
type Sealed<C> = C extends { readonly name: string }
  ? Omit<C, 'name'> & { readonly person_id: string; readonly name: string | null }
  : C & { readonly person_id: string };
export type PersonCommand =
  { readonly kind: 'record_erasure'; readonly person_id: string } | Sealed<PersonChange>;
/**
 * `sessions`: the sessions that have begun and were not ended, by id. They may have expired since.
 */
export type PersonState = {
  readonly erased_at: Timestamp | null;
  readonly sessions: readonly string[];
  readonly roles: readonly string[];
  /** The last links that were made, by their ids. */
  readonly links: readonly string[];
  /** Sealed; null if nobody gave one. */
  readonly name: string | null;
};

/** The log's own record of a person: invitations, sessions, roles, and that they were erased. */
export const personStream = (tenantId: string, personId: string): string =>
  streamName('person', tenantId, personId);

const initial: PersonState = { erased_at: null, sessions: [], roles: [], links: [], name: null };
/** More open sessions than a person has. The oldest are forgotten, and have expired by then. */
const mostSessions = 200;
const mostLinks = 200;

const allSessions = (
  person_id: string,
  { sessions }: PersonState,
  because: 'new-link' | 'removed',
): readonly PersonEvent[] =>
  sessions.length === 0 ? [] : [{ type: 'SessionRevoked', data: { person_id, session_id: null, because } }];

const decide = (command: PersonCommand, state: PersonState): readonly PersonEvent[] => {
  const { person_id } = command;
  if (command.kind === 'record_erasure')
    return state.erased_at === null ? [{ type: 'PersonErased', data: { person_id } }] : [];
  if (state.erased_at !== null) throw new ProblemError('wrong-state', 'the person was erased');
  switch (command.kind) {
    case 'invite': {
      const { invitation_id, occasion, role, name, expires_at } = command;
      if (state.links.includes(invitation_id)) return [];
      return [
        {
          type: 'PersonInvited',
          data: { person_id, invitation_id, occasion, role, name, expires_at },
        },
        ...(occasion === 'link' || state.roles.includes(role)
          ? []
          : [{ type: 'RoleGranted' as const, data: { person_id, role } }]),
        ...(command.ends_sessions ? allSessions(person_id, state, 'new-link') : []),
      ];
    }
    case 'start_session': {
      const { session_id, by, roles, name, expires_at, invitation } = command;
      const used = invitation === undefined ? null : invitation;
      return [
        ...(used === null
          ? []
          : [
              {
                type: 'InvitationUsed' as const,
                data: { person_id, invitation_id: used.id, made_by: used.made_by, session_id },
              },
            ]),
        { type: 'SessionStarted', data: { person_id, session_id, by, roles, name, expires_at } },
      ];
    }
    case 'end_session':
      return [{ type: 'SessionEnded', data: { person_id, session_id: command.session_id } }];
    case 'revoke_sessions': {
      const { session_id, because } = command;
      return [{ type: 'SessionRevoked', data: { person_id, session_id, because } }];
    }
    case 'remove':
      return [
        ...(state.roles.includes(command.role)
          ? [{ type: 'RoleRevoked' as const, data: { person_id, role: command.role } }]
          : []),
        ...allSessions(person_id, state, 'removed'),
      ];
  }
};

/** Facts about a person's way in, as they happen. */
export const personDecider: Decider<PersonCommand, PersonEvent, PersonState> = {
  name: 'person',
  types: [
    'PersonErased',
    'PersonInvited',
    'InvitationUsed',
    'RoleGranted',
    'RoleRevoked',
    'SessionStarted',
    'SessionEnded',
    'SessionRevoked',
  ],
  initial,
  decide,
  evolve: (state, { type, data, metadata }) => {
    switch (type) {
      case 'PersonErased':
        return { ...state, erased_at: metadata.occurred_at };
      case 'PersonInvited':
        return {
          ...state,
          links: [...state.links, data.invitation_id].slice(-mostLinks),
          name: data.name ?? state.name,
        };
      case 'RoleGranted':
        return { ...state, roles: [...state.roles, data.role] };
      case 'RoleRevoked':
        return { ...state, roles: state.roles.filter((role) => role !== data.role) };
      case 'SessionStarted':
        return { ...state, sessions: [...state.sessions, data.session_id].slice(-mostSessions) };
      case 'SessionEnded':
        return { ...state, sessions: state.sessions.filter((id) => id !== data.session_id) };
      case 'SessionRevoked':
        return {
          ...state,
          sessions: data.session_id === null ? [] : state.sessions.filter((id) => id !== data.session_id),
        };
      default:
        return state;
    }
  },
};

/**
 * A role that is given loosens, and so does a link with which somebody signs in as the person. The
 * person's name is named, because the stream does not show it.
 */
export const personLoosens: Loosens<PersonState> = (before, after) => {
  const loosened = [
    ...whereAdded('/roles', before.roles, after.roles),
    ...after.links
      .filter((link) => !before.links.includes(link))
      .map(() => ({ pointer: '/link', detail: 'signs in as this person' })),
  ];
  return loosened.length === 0 || after.name === null
    ? loosened
    : [...loosened, { pointer: '/name', detail: after.name }];
};
