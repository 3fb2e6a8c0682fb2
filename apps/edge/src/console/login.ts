import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { returnAddress } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import {
  cookieIn,
  cookieName,
  flowName,
  forgetCookie,
  madeName,
  refuseForeign,
  setCookies,
} from './cookies.js';
import { invitationS, madeHere } from './login-state.js';
import { methodsOf } from './methods.js';
import { OpenAnswers } from './open-answers.js';
import type { ConsoleOptions } from './options.js';
import { Refusals } from './refusals.js';
import { flowS } from './session-seal.js';
import type { Begun, Session, Sessions } from './sessions.js';
import type { Logger } from 'pino';

/** How many invitations an address may try in a minute. */
const invitationsPerMinute = 20;
/**
 * How many steps of a provider login an address may take in a minute. A whole office may share one
 * address.
 */
const loginsPerMinute = 240;

/** A bounded count of attempts by address. */
class Tries {
  readonly #counts = new Map<string, number>();
  #minute = 0;

  constructor(private readonly perMinute: number) {}

  /** Counts an attempt. Throws `rate-limited`. */
  take(address: string): void {
    const minute = Math.floor(Date.now() / 60_000);
    if (minute !== this.#minute || this.#counts.size > 10_000) this.#counts.clear();
    this.#minute = minute;
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    if (count > this.perMinute)
      throw new ProblemError('rate-limited', 'too many logins were tried from here', {
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

/** The console's login, for the rest of the edge. */
export type Login = {
  /**
   * Returns the session of a request's cookie; undefined if it has none. It is available once a
   * request has been accepted under `/api`.
   */
  readonly sessionOf: (request: FastifyRequest) => Session | undefined;
  /**
   * Marks the browser that made a link for another person. The link does not open in it, even if
   * another person signs in there later.
   */
  readonly markMaker: (reply: FastifyReply, secret: string) => void;
};

/**
 * Adds the login of the console. `POST /session` takes an invitation, and `GET /session/login`
 * leads to the identity provider. `GET /session` shows the session. `DELETE /session` ends it, and
 * with `?all` the sessions on every device. An API call with the session's cookie and without a
 * token gets a token of the session's person. Services never see the cookie.
 */
export const addLogin = (
  app: FastifyInstance,
  sessions: Sessions,
  { https = false }: ConsoleOptions,
  logger: Logger,
): Login => {
  const refusals = new Refusals(sessions.seal, https, logger);
  const name = cookieName(https);
  const flow = flowName(https);
  const tries = new Tries(invitationsPerMinute);
  const ways = new Tries(loginsPerMinute);
  const known = new WeakMap<FastifyRequest, Session>();
  const fresh = new WeakMap<FastifyRequest, readonly string[]>();
  const answers = new OpenAnswers((session) => sessions.isOver(session));
  const { provider } = sessions;
  const sessionIn = async (request: FastifyRequest): Promise<Session | undefined> => {
    const cookie = cookieIn(request, name);
    return cookie === undefined ? undefined : sessions.open(cookie);
  };
  const needed = async (request: FastifyRequest): Promise<Session> => {
    const session = await sessionIn(request);
    if (session === undefined) throw new ProblemError('unauthenticated', 'no one is logged in');
    return session;
  };
  const kept = (cookie: string, { expires_at: expires }: Session): readonly string[] =>
    setCookies(name, cookie, { maxAgeS: Math.max(0, expires - Math.floor(Date.now() / 1000)), https });
  const begun = ({ cookie, session }: Begun, reply: FastifyReply): FastifyReply =>
    reply.header('set-cookie', [...kept(cookie, session)]);

  app.addHook('onClose', (_app, done) => {
    answers.stop();
    done();
  });
  app.addHook('onRequest', async (request, reply) => {
    if (!/^\/(?:api|mcp)\//.test(request.raw.url ?? '')) return;
    if (request.headers.authorization === undefined) {
      const session = await sessionIn(request);
      if (session !== undefined) {
        refuseForeign(request);
        const { token, cookie } = await sessions.tokenOf(session);
        known.set(request, session);
        answers.add(reply.raw, session);
        if (cookie !== undefined) fresh.set(request, kept(cookie, session));
        request.raw.headers.authorization = `Bearer ${token}`;
      }
    }
    delete request.raw.headers.cookie;
  });
  app.addHook('onSend', (request, reply, _payload, next) => {
    const cookies = fresh.get(request);
    if (cookies !== undefined) void reply.header('set-cookie', [...cookies]);
    next();
  });

  app.get('/session/methods', async (request, reply) =>
    methodsOf(sessions, await refusals.take(request, reply)),
  );
  if (provider !== undefined) {
    app.get<{ Querystring: { next?: string | string[] } }>('/session/login', async (request, reply) => {
      try {
        ways.take(request.ip);
        const { url, flow: begunFlow } = await provider.begin(returnAddress(request.query.next));
        const cookie = await sessions.seal.sealFlow(begunFlow);
        return await reply
          .header('set-cookie', [...setCookies(flow, cookie, { maxAgeS: flowS, https, sameSite: 'Lax' })])
          .redirect(url, 303);
      } catch (error) {
        return refusals.answer(request, reply, error);
      }
    });
    app.get('/session/callback', async (request, reply) => {
      try {
        ways.take(request.ip);
        const cookie = cookieIn(request, flow);
        if (cookie === undefined)
          throw new ProblemError('unauthenticated', 'no login was begun in this browser', {
            remedy: 'log in again from the start',
          });
        void reply.header('set-cookie', [...forgetCookie(request, flow, https)]);
        const remembered = await sessions.seal.openFlow(cookie);
        const [, query = ''] = /\?(.*)$/s.exec(request.raw.url ?? '') ?? [];
        const { grant, name: called } = await provider.finish(query, remembered);
        const done = await sessions.beginAs(grant, called, request.headers['user-agent']);
        return await begun(done, reply).redirect(returnAddress(remembered.next), 303);
      } catch (error) {
        return refusals.answer(request, reply, error);
      }
    });
  }

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
      const invitation = invitationIn(request.body);
      if (cookieIn(request, madeName(https, invitation)) !== undefined) throw madeHere();
      const present = await sessionIn(request).catch(() => undefined);
      const agent = request.headers['user-agent'];
      const now = await sessions.begin(invitation, agent, present?.who.subject);
      return begun(now, reply).send(sessions.view(now.session));
    });
    scoped.get('/session', async (request) => sessions.view(await needed(request)));
    scoped.delete<{ Querystring: { all?: string } }>('/session', async (request, reply) => {
      refuseForeign(request);
      const session = await needed(request);
      if (request.query.all !== undefined) sessions.endAll(session.who);
      await sessions.end(session);
      const url = session.grant === undefined ? undefined : await provider?.endUrl().catch(() => undefined);
      void reply.header('set-cookie', [...forgetCookie(request, name, https)]);
      return url === undefined ? reply.status(204).send() : reply.send({ end_session_url: url });
    });
    done();
  });
  return {
    sessionOf: (request) => known.get(request),
    markMaker: (reply, secret) => {
      void reply.header('set-cookie', [
        ...setCookies(madeName(https, secret), '1', { maxAgeS: invitationS, https }),
      ]);
    },
  };
};
