import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { Scope, SessionView } from '@interlock/contracts';
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

export const signOut = async (): Promise<void> => {
  await ask('DELETE');
};

/** Ends every session of this person, on whatever device. */
export const endAllSessions = async (): Promise<void> => {
  await ask('DELETE', undefined, '/session?all');
};

export const useSession = (): UseQueryResult<SessionView | null> =>
  useQuery({ queryKey: ['session'], queryFn: readSession, staleTime: 60_000, retry: false });

/** Why a control is off: the scope that is missing; undefined where it is on. */
export const useMissingScope = (scope: Scope): string | undefined => {
  const { data } = useSession();
  return data?.scopes.includes(scope) === true
    ? undefined
    : `Needs the scope ${scope}, which ${data === null || data === undefined ? 'this session' : `the role ${data.role}`} does not have`;
};
