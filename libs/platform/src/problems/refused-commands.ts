import { unreachableCodes, type ProblemCode, type RecordRefusalRequest } from '@interlock/contracts';
import type { ProblemError } from '@interlock/kernel';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

import { newId } from '../base/ids.js';
import { problemStatus } from './problem-status.js';
import { principalIn, type Principal } from '../request/principal.js';
import { stateOf } from '../request/request-state.js';

/** The codes that refuse a request's form or rate, not its intention. */
const ofForm: ReadonlySet<ProblemCode> = new Set([
  'validation-failed',
  'malformed-json',
  'payload-too-large',
  'unsupported-media-type',
  'method-not-allowed',
  'rate-limited',
  'overloaded',
  ...unreachableCodes,
]);

/** Returns true for a problem that refuses the caller's decision, not the form of the request. */
const refuses = ({ code }: Pick<ProblemError, 'code'>): boolean =>
  !ofForm.has(code) && ![401, 404].includes(problemStatus[code]) && problemStatus[code] < 500;

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const mostText = 1024;

/**
 * Reports to audit which decisions and changes of people a service refuses: the person, the request
 * and the code. It does not wait, because the refusal stands in any case.
 */
export class RefusedCommands {
  constructor(
    private readonly record: (request: RecordRefusalRequest) => Promise<unknown>,
    private readonly people: Principal['people'],
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  note(request: FastifyRequest, problem: Pick<ProblemError, 'code'>): void {
    if (reading.has(request.method) || !refuses(problem)) return;
    this.#record(request, problem).catch((error: unknown) => {
      this.logger.warn({ err: error, code: problem.code }, 'a refusal could not be recorded in the log');
    });
  }

  async #record(request: FastifyRequest, { code }: Pick<ProblemError, 'code'>): Promise<void> {
    const principal = await this.#principalOf(request);
    const person = principal?.person_id ?? null;
    if (principal === null || person === null) return;
    const route = request.routeOptions.url ?? '';
    await this.record({
      request_id: newId(),
      tenant_id: principal.tenant_id,
      person: principal.requester,
      command: `${request.method} ${route}`.slice(0, mostText),
      path: request.url.split('?', 1)[0]!.slice(0, mostText),
      code,
    });
  }

  /**
   * Returns the principal of a refused request. A person without the scope has none yet, and gets
   * the one in their own tenant.
   */
  async #principalOf(request: FastifyRequest): Promise<Principal | null> {
    const { principal, caller } = stateOf(request);
    if (principal !== undefined) return principal;
    const known = await caller?.catch(() => undefined);
    return known?.kind === 'person' ? principalIn(known, known.tenant_id, this.people) : null;
  }
}
