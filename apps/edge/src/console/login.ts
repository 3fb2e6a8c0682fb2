import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '@interlock/kernel';
import { cookieIn, cookieName, refuseForeign, setCookie } from './cookies.js';
import type { ConsoleOptions } from './options.js';
import { Sessions, sessionView, type Session } from './sessions.js';

/** How often an address may try an invitation, in a minute. */
const triesPerMinute = 20;

/** A small bounded count of tries by address. */
class Tries {
  readonly #counts = new Map<string, number>();
  #minute = 0;

  /** Throws `rate-limited`. */
  take(address: string): void {
    const minute = Math.floor(Date.now() / 60_000);
    if (minute !== this.#minute || this.#counts.size > 10_000) this.#counts.clear();
    this.#minute = minute;
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    if (count > triesPerMinute)
      throw new ProblemError('rate-limited', 'too many sign-ins were tried from here', {
        remedy: 'try again in a minute',
      });
  }
}

const invitationIn = (body: unknown): string => {
  const value =
    typeof body === 'object' && body !== null && 'invitation' in body ? body.invitation : undefined;
  if (typeof value === 'string' && value.length > 0 && value.length <= 256) return value;
  throw new ProblemError('validation-failed', 'the body names no invitation', {
    violations: [{ pointer: '/invitation', detail: 'must be the text of an invitation link' }],
  });
};

/** The session of a request, or undefined where it carries none of the console's cookies. */
export type SessionOf = (request: FastifyRequest) => Promise<Session | undefined>;

/**
 * The login of the console: `POST /session` with an invitation, `GET /session`, `DELETE /session` (`?all` ends the person's on every device). A call of the API
 * with the session's cookie and no token of its own goes on with a token of the session's person; the cookie itself goes no further than here.
 */
export const addLogin = (
  app: FastifyInstance,
  sessions: Sessions,
  { https = false }: ConsoleOptions,
): void => {
  const name = cookieName(https);
  const tries = new Tries();
  const sessionIn: SessionOf = async (request) => {
    const cookie = cookieIn(request, name);
    return cookie === undefined ? undefined : sessions.open(cookie);
  };
  const needed = async (request: FastifyRequest): Promise<Session> => {
    const session = await sessionIn(request);
    if (session === undefined) throw new ProblemError('unauthenticated', 'nobody is signed in');
    return session;
  };
  const forget = setCookie(name, '', 0, https);

  app.addHook('onRequest', async (request) => {
    if (!request.raw.url?.startsWith('/api/')) return;
    if (request.headers.authorization === undefined) {
      const session = await sessionIn(request);
      if (session !== undefined) {
        refuseForeign(request);
        request.raw.headers.authorization = `Bearer ${await sessions.tokenOf(session)}`;
      }
    }
    delete request.raw.headers.cookie;
  });

  void app.register((scoped, _options, done) => {
    scoped.removeAllContentTypeParsers();
    scoped.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: 4096 },
      scoped.getDefaultJsonParser('error', 'error'),
    );
    scoped.post('/session', async (request, reply) => {
      refuseForeign(request);
      tries.take(request.ip);
      const { cookie, session } = await sessions.begin(invitationIn(request.body));
      const life = session.expires_at - session.began_at;
      return reply.header('set-cookie', setCookie(name, cookie, life, https)).send(sessionView(session));
    });
    scoped.get('/session', async (request) => sessionView(await needed(request)));
    scoped.delete<{ Querystring: { all?: string } }>('/session', async (request, reply) => {
      refuseForeign(request);
      const session = await needed(request);
      if (request.query.all === undefined) sessions.end(session);
      else sessions.endAll(session);
      return reply.header('set-cookie', forget).status(204).send();
    });
    done();
  });
};
