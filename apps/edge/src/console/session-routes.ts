import type { FastifyInstance, FastifyRequest } from 'fastify';
import { roleScopes, type SessionRecord } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { callerIn, type Caller, type TokenVerifier } from '@interlock/platform';
import type { KeptSession } from './login-state.js';
import type { Login } from './login.js';
import { addPersonRoutes } from './person-routes.js';
import type { Sessions } from './sessions.js';
import type { Logger } from 'pino';

/**
 * Returns whether a caller sees a session. Administrators see every session of their tenants;
 * others see their own.
 */
const sees = (caller: Caller, session: KeptSession): boolean =>
  (session.subject === caller.subject && session.tenants.some((tenant) => caller.tenants.includes(tenant))) ||
  (roleScopes.administrator.every((scope) => caller.scopes.includes(scope)) &&
    session.tenants.every((tenant) => caller.tenants.includes(tenant)));

/**
 * Adds the routes for sessions of the console: `GET /api/v1/sessions`, `DELETE
 * /api/v1/sessions/{id}`, and `DELETE /api/v1/sessions`, which ends all sessions of the caller. An
 * ended session is refused at once, and its streams are cut off within two seconds.
 */
export const addSessionRoutes = (
  app: FastifyInstance,
  sessions: Sessions,
  login: Login,
  verify: TokenVerifier,
  logger: Logger,
): void => {
  const { sessionOf } = login;
  const caller = async (request: FastifyRequest): Promise<Caller> => {
    const who = await callerIn(request, verify);
    if (who.kind !== 'person')
      throw new ProblemError('person-required', 'only people have sessions of the console');
    return who;
  };

  addPersonRoutes(app, sessions, login, caller, logger);
  app.get('/api/v1/sessions', async (request) => {
    const who = await caller(request);
    const own = sessionOf(request)?.id;
    const items = sessions.state
      .sessions()
      .filter((session) => sees(who, session))
      .slice(0, 200)
      .map(({ id, name, user_agent, began_at, expires_at }): SessionRecord => ({
        session_id: id,
        name,
        began_at: new Date(began_at * 1000).toISOString(),
        expires_at: new Date(expires_at * 1000).toISOString(),
        user_agent,
        current: id === own,
      }));
    return { items, next: null };
  });
  app.delete<{ Params: { id: string } }>('/api/v1/sessions/:id', async (request) => {
    const who = await caller(request);
    const { id } = request.params;
    const found = sessions.state.sessions().find((session) => session.id === id && sees(who, session));
    if (found === undefined)
      throw new ProblemError('not-found', `there is no session \`${id.slice(0, 64)}\``);
    sessions.revoke(found, who.subject);
    return { ended: 1 };
  });
  app.delete('/api/v1/sessions', async (request) => {
    const { subject, tenants } = await caller(request);
    const own = sessions.state.sessions().filter((session) => session.subject === subject);
    sessions.endAll({ subject, tenants });
    return { ended: own.length };
  });
  app.get('/api/v1/whoami', async (request) => {
    const who = await callerIn(request, verify);
    const session = sessionOf(request);
    return {
      subject: who.subject,
      name: session?.who.name ?? who.subject,
      kind: who.kind,
      roles: session?.who.roles ?? who.roles,
      scopes: who.scopes,
      tenants: who.tenants,
      session_id: session?.id ?? null,
    };
  });
};
