import { jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { agentPrefix, agentScopes, agentSubject, namePattern, tenantPattern } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

import type { AgentRegistry } from './agent-registry.js';
import { readProof, SeenProofs } from './dpop.js';
import type { Caller } from '../request/principal.js';
import { refuse } from './token-claims.js';

/** How a request presents its token. */
export type Presented = {
  readonly scheme: 'Bearer' | 'DPoP';
  readonly method: string;
  /** The path of the request, possibly with a query. */
  readonly path: string;
  /** The header `DPoP`. */
  readonly proof: string | undefined;
  /**
   * True if the request was accepted and is still open. Its proof counts once, so it is not checked
   * again.
   */
  readonly accepted?: true;
};
export type AgentTokenVerifier = (token: string, presented: Presented | undefined) => Promise<Caller>;

type AgentTokens = {
  /** The issuer of the agents' tokens: the address at which agents reach the edge. */
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  readonly registry: Pick<AgentRegistry, 'keyOf'>;
};

const boundTo = ({ cnf }: JWTPayload): string => {
  const jkt = (cnf as { readonly jkt?: unknown } | undefined)?.jkt;
  if (typeof jkt !== 'string') throw refuse('the token is not bound to a key');
  return jkt;
};

/**
 * Verifies a token that the edge gave to an agent, with the proof of the agent's key for this very
 * request. The key must still be registered. Throws `unauthenticated`, `proof-invalid`,
 * `credential-revoked`, `not-current`, jose's errors and the log's.
 */
export const createAgentTokenVerifier = ({
  issuer,
  audience,
  keys,
  registry,
}: AgentTokens): AgentTokenVerifier => {
  const seen = new SeenProofs();
  return async (token, presented) => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      typ: 'at+jwt',
      algorithms: ['EdDSA', 'Ed25519'],
      requiredClaims: ['exp', 'sub', 'cnf'],
      clockTolerance: 5,
    });
    const { sub = '', tenant } = payload;
    const name = sub.slice(agentPrefix.length);
    if (typeof tenant !== 'string' || !tenantPattern.test(tenant)) throw refuse('the token names no tenant');
    if (sub !== agentSubject(name) || !namePattern.test(sub)) throw refuse('the token names no agent');
    if (presented?.scheme !== 'DPoP')
      throw new ProblemError('proof-invalid', 'the token of an agent needs the proof of its key', {
        remedy: 'send `Authorization: DPoP` and the header `DPoP`, or use a client of Interlock',
      });
    const { method, path, proof, accepted } = presented;
    const jkt = boundTo(payload);
    const proven =
      accepted === true
        ? undefined
        : await readProof(proof, { method, address: new URL(path, issuer), token });
    if (proven !== undefined && proven.jkt !== jkt)
      throw new ProblemError('proof-invalid', 'the proof is by another key than the one of the token');
    if ((await registry.keyOf(tenant, name, jkt)) === undefined)
      throw new ProblemError('credential-revoked', `the credential of the agent \`${name}\` has ended`);
    if (proven !== undefined) seen.take(proven);
    return {
      tenant_id: tenant,
      tenants: [tenant],
      subject: sub,
      kind: 'service',
      scopes: agentScopes,
      roles: [],
      teams: [],
    };
  };
};
