import { readFileSync } from 'node:fs';
import { breakGlassPrefix, systemTenant } from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';
import { faultsOf, principalIn, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { streamOfTarget } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { RailsConfig } from '../config.js';
import { KillSwitchHandler } from '../handlers.js';
import { KillSwitchDto } from '../kill-switch/kill-switch.dto.js';
import { KillSwitchService, targetOf, type Receipt } from '../kill-switch/kill-switch.service.js';

/**
 * The audience and type of a request, so that no other signature of the key can be mistaken for
 * one.
 */
const audience = 'interlock-kill-switch';
const typ = 'interlock-stop+jwt';
/** Seconds for which a request is valid, and the accepted difference between clocks. */
const lifeS = 120;
const skewS = 30;
const namePattern = /^[a-z0-9][a-z0-9_-]{0,39}$/;
const keyPattern = /^[A-Za-z0-9_-]{43}$/;

/**
 * Parses keys by name, from `NAME KEY` separated by commas or lines; `#` begins a comment. Throws
 * for an invalid line without quoting it, because it may be a private key.
 */
export const readBreakGlassKeys = (text: string): ReadonlyMap<string, string> => {
  const keys = new Map<string, string>();
  const entries = text
    .split(/[\n,]/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  for (const [at, entry] of entries.entries()) {
    const [name = '', key = '', ...more] = entry.split(/\s+/);
    if (
      !namePattern.test(name) ||
      !keyPattern.test(key) ||
      more.length > 0 ||
      (keys.get(name) ?? key) !== key
    )
      throw new ProblemError(
        'internal-error',
        `break-glass key ${at + 1} is not \`NAME KEY\`, or its name has another key already`,
        {
          remedy: 'register the line that `interlock break-glass create` printed',
        },
      );
    keys.set(name, key);
  }
  return keys;
};

const refuse = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError('unauthenticated', detail, { cause });

type Signed = {
  readonly name: string;
  readonly id: string;
  readonly at: Date;
  readonly stop: KillSwitchDto;
};

/**
 * Reads a request that an offline key signed: signature, audience, type, and a lifetime of two
 * minutes at most. It can only engage. Throws `unauthenticated` without a valid signature, and
 * `validation-failed` with every violation of a signed request.
 */
export const readBreakGlass = async (
  request: string,
  keys: ReadonlyMap<string, string>,
  now: Date,
): Promise<Signed> => {
  let name: string | undefined;
  try {
    name = decodeProtectedHeader(request).kid;
  } catch (cause) {
    throw refuse('the request is not signed', cause);
  }
  const x = name === undefined ? undefined : keys.get(name);
  if (name === undefined || x === undefined) throw refuse('no break-glass key of this name is registered');
  const { payload } = await importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA')
    .then((key) =>
      jwtVerify(request, key, {
        algorithms: ['EdDSA', 'Ed25519'],
        audience,
        typ,
        currentDate: now,
        clockTolerance: skewS,
        maxTokenAge: lifeS,
        requiredClaims: ['jti', 'iat', 'exp', 'stop'],
      }),
    )
    .catch((cause: unknown) => {
      throw refuse('the request was not signed with the key, or not just now: compare the clocks', cause);
    });
  const { jti = '', iat = 0, exp = Infinity, stop } = payload;
  if (exp - iat > lifeS) throw refuse(`the request is to be good for longer than ${lifeS} s`);
  if (!/^[0-9a-f-]{36}$/.test(jti)) throw refuse('the id of the request is not a UUID');
  const dto = plainToInstance(KillSwitchDto, { ...(stop as object), engaged: true });
  const violations = faultsOf(dto, { strict: true });
  if (dto.scope !== 'global' && dto.tenant_id === undefined)
    throw new ProblemError('validation-failed', 'the kill-switch target names no tenant', {
      violations: [...violations, { pointer: '/tenant_id', detail: 'must be named for this scope' }],
    });
  if (violations.length > 0)
    throw new ProblemError('validation-failed', 'the kill-switch target is invalid', { violations });
  return { name, id: jti, at: new Date(iat * 1000), stop: dto };
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // An installation has no such file until its first key is made.
    return '';
  }
};

/** Stops by an offline key when nobody can log in. It does not need the identity provider. */
@Injectable()
export class BreakGlass {
  /** Ids of requests that were accepted here, with their expiry, in milliseconds. */
  readonly #used = new Map<string, number>();

  constructor(
    @Inject(SERVICE_CONTEXT) private readonly context: Pick<ServiceContext, 'people'>,
    private readonly config: RailsConfig,
    @Inject(KillSwitchHandler) private readonly handler: Pick<KillSwitchHandler, 'load'>,
    private readonly service: KillSwitchService,
  ) {}

  #keys(): ReadonlyMap<string, string> {
    const { KILL_SWITCH_BREAK_GLASS_FILE: file, KILL_SWITCH_BREAK_GLASS_KEYS: inline = '' } = this.config;
    return readBreakGlassKeys(`${inline}\n${file === undefined ? '' : textOf(file)}`);
  }

  #refuseUsed(id: string, now: Date): void {
    for (const [other, end] of this.#used) if (end < now.getTime()) this.#used.delete(other);
    if (this.#used.has(id)) throw refuse('the request was used before');
    this.#used.set(id, now.getTime() + (lifeS + 2 * skewS) * 1000);
  }

  /**
   * Engages a switch by a signed request. Throws what `readBreakGlass` throws, and `wrong-tenant`.
   * Throws `unauthenticated` for a request that was used before, or that is older than the last
   * release.
   */
  async engage(authorization: string | undefined): Promise<Receipt> {
    const [, request] = /^Break-Glass ([\w.-]{1,8192})$/i.exec(authorization ?? '') ?? [];
    if (request === undefined) throw refuse('a request that was signed with an offline key is needed');
    const now = new Date();
    const { name, id, at, stop } = await readBreakGlass(request, this.#keys(), now);
    this.#refuseUsed(id, now);
    const tenant = stop.tenant_id ?? systemTenant;
    const principal = await principalIn(
      {
        tenant_id: tenant,
        tenants: [tenant],
        subject: `${breakGlassPrefix}${name}`,
        kind: 'service',
        scopes: ['AUTONOMOUS_KILL'],
        roles: [],
        teams: [],
      },
      tenant,
      this.context.people,
    );
    const target = targetOf(principal, stop);
    // INVARIANT: the log's record applies to every instance. A replayed request cannot engage a
    // switch that people have released since.
    const stream = streamOfTarget(tenant, target);
    try {
      const { state } = await this.handler.load(stream);
      if (!state.engaged && state.since !== null && Date.parse(state.since) >= at.getTime())
        throw refuse('the switch was released after the request was signed');
      if (await this.service.wasEngagedBy(stream, id)) throw refuse('the request was used before');
    } catch (error) {
      // A stream with a forged event cannot be released, so no stop that people have ended can
      // return.
      if (!isProblem(error, 'forged-event')) throw error;
    }
    return this.service.set(principal, stop, { commandId: id });
  }
}
