import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { LoginMethods, Scope, SessionView } from '@interlock/contracts';
import { ApiProblem, problemOf, signedOut } from './client.js';

const ask = async (
  method: 'GET' | 'POST' | 'DELETE',
  sent?: object,
  address = '/session',
): Promise<Response> => {
  const response = await fetch(address, {
    method,
    headers: {
      'x-interlock-console': '1',
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
  });
  if (!response.ok)
    throw new ApiProblem(
      problemOf(response.status, (await response.json().catch(() => undefined)) as unknown),
    );
  return response;
};

export const readSession = async (): Promise<SessionView | null> => {
  try {
    return (await (await ask('GET')).json()) as SessionView;
  } catch (error) {
    if (error instanceof ApiProblem && error.problem.status === 401) return null;
    throw error;
  }
};

export const signIn = async (invitation: string): Promise<SessionView> => {
  const session = (await (await ask('POST', { invitation })).json()) as SessionView;
  signedOut.set(false);
  return session;
};

/** Returns the login methods that this installation offers. */
export const readMethods = async (): Promise<LoginMethods> => {
  const response = await fetch('/session/methods');
  if (!response.ok) throw new ApiProblem(problemOf(response.status, undefined));
  return (await response.json()) as LoginMethods;
};

/**
 * Ends the session. Returns the address that also ends the login at the identity provider;
 * undefined if there is none.
 */
export const signOut = async (): Promise<string | undefined> => {
  const response = await ask('DELETE');
  if (response.status === 204) return undefined;
  const { end_session_url: url } = (await response.json()) as { readonly end_session_url?: string };
  return url;
};

/** A session of the console, as the edge lists it. */
export type SessionRecord = {
  readonly session_id: string;
  readonly name: string;
  readonly began_at: string;
  readonly expires_at: string;
  readonly user_agent: string | null;
  readonly current: boolean;
};

/** Returns the sessions that the caller may see; null if this edge does not list sessions. */
export const readSessions = async (): Promise<readonly SessionRecord[] | null> => {
  try {
    const answer = (await (await ask('GET', undefined, '/api/v1/sessions')).json()) as {
      readonly items: readonly SessionRecord[];
    };
    return answer.items;
  } catch (error) {
    if (error instanceof ApiProblem && [403, 404].includes(error.problem.status)) return null;
    throw error;
  }
};

/** Ends one session on any device. */
export const endSession = async (id: string): Promise<void> => {
  await ask('DELETE', undefined, `/api/v1/sessions/${encodeURIComponent(id)}`);
};

/** Ends every session of this person on all devices. */
export const endAllSessions = async (): Promise<void> => {
  await ask('DELETE', undefined, '/session?all');
};

export const useSession = (): UseQueryResult<SessionView | null> =>
  useQuery({ queryKey: ['session'], queryFn: readSession, staleTime: 60_000, retry: false });

/** Names the role or session that lacks the scope, as the subject of a sentence. */
const withoutScope = (session: SessionView | null | undefined): string =>
  session === null || session === undefined || session.role === null
    ? 'this session'
    : `the role ${session.role}`;

/**
 * Returns why a control is off, naming the missing scope; undefined if the session has the scope.
 */
export const useMissingScope = (scope: Scope, ...or: readonly Scope[]): string | undefined => {
  const { data } = useSession();
  const enough = [...new Set([scope, ...or])];
  return enough.some((one) => data?.scopes.includes(one) === true)
    ? undefined
    : `Needs the scope ${enough.join(' or ')}, which ${withoutScope(data)} does not have`;
};
