import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { ProblemDetails } from '@interlock/contracts';
import { isProblem, type ProblemError } from '@interlock/kernel';
import { problemDocument } from '@interlock/platform';
import { cookieIn, cookieName, forgetCookie, setCookies } from './cookies.js';
import { nowS, type SessionSeal } from './session-seal.js';

/** The seconds within which the login page shows a refusal. */
const shownS = 60;

/**
 * Returns the messages of an error's causes. Their other members are left out, because they contain
 * the claims of the person's token.
 */
const causesOf = ({ cause }: Error): readonly string[] =>
  cause instanceof Error ? [cause.message, ...causesOf(cause)] : [];

/** The refused logins at the identity provider. Each is logged, and shown on the login page. */
export class Refusals {
  readonly #name: string;

  constructor(
    private readonly seal: SessionSeal,
    private readonly https: boolean,
    private readonly logger: Logger,
  ) {
    this.#name = `${cookieName(https)}_refused`;
  }

  #log({ code, detail, remedy }: ProblemError, causes: readonly string[]): void {
    if (code === 'rate-limited') return;
    this.logger.warn({ code, detail, remedy, causes }, 'a login at the identity provider was refused');
  }

  /**
   * Answers a refusal. A redirected browser shows a page, so it gets the login page, with the
   * problem in a sealed cookie. Throws the problem for any other client.
   */
  async answer(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<FastifyReply> {
    if (!isProblem(error)) throw error;
    this.#log(error, causesOf(error));
    if (!/\btext\/html\b/.test(request.headers.accept ?? '')) throw error;
    const claims = { problem: problemDocument(error) };
    const notice = await this.seal.seal(claims, 'interlock-console-refusal', nowS(), nowS() + shownS);
    return reply
      .header('set-cookie', [...setCookies(this.#name, notice, { maxAgeS: shownS, https: this.https })])
      .redirect('/login', 303);
  }

  /** Returns why the last login of this browser was refused, once; null if it was not. */
  async take(request: FastifyRequest, reply: FastifyReply): Promise<ProblemDetails | null> {
    const cookie = cookieIn(request, this.#name);
    if (cookie === undefined) return null;
    void reply.header('set-cookie', [...forgetCookie(request, this.#name, this.https)]);
    const claims = await this.seal.open(cookie, 'interlock-console-refusal').catch(() => undefined);
    return (claims?.['problem'] as ProblemDetails | undefined) ?? null;
  }
}
