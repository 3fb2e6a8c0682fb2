import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { importJWK, SignJWT } from 'jose';
import { agentAlgorithms, agentScopes, agentSubject } from '@interlock/contracts';
import { isProblem, type EventStore } from '@interlock/kernel';
import { AgentRegistry, publicKeysOf, readProof, type Proof, type SigningKeys } from '@interlock/platform';
import { assertionS, clientIn, TokenRefusal, verifyAssertion, type Client } from './client-assertion.js';
import { UsedOnce } from './used-once.js';

/** The life of an access token, in seconds. */
const tokenS = 600;
const path = '/oauth/token';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const formLimit = 16 * 1024;

export type AgentsOptions = {
  /** Private Ed25519 keys as JWKs, with `kid`. The first signs; tokens of all are valid. */
  readonly keys: SigningKeys;
  /** The folder that all instances share. It contains the ids of used assertions and proofs. */
  readonly folder: string;
};
type Parts = AgentsOptions & {
  /** The address at which agents reach the edge. */
  readonly issuer: string;
  readonly audience: string;
  readonly store: EventStore;
};

const wrongRequest = (detail: string): TokenRefusal =>
  new TokenRefusal('invalid_request', 'validation-failed', detail);

/** Returns the members of a form, each at most once. Throws TokenRefusal. */
const formIn = (body: unknown): ReadonlyMap<string, string> => {
  if (typeof body !== 'string') throw wrongRequest('the body must be a form');
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (form.has(name)) throw wrongRequest(`the form names \`${name.slice(0, 40)}\` twice`);
    form.set(name, value);
  }
  return form;
};

/** Returns the assertion in a client's request for its own token. Throws TokenRefusal. */
const assertionIn = (form: ReadonlyMap<string, string>): string => {
  if (form.get('grant_type') !== 'client_credentials')
    throw new TokenRefusal(
      'unsupported_grant_type',
      'validation-failed',
      '`grant_type` must be `client_credentials`',
    );
  if (form.get('client_assertion_type') !== assertionType)
    throw new TokenRefusal(
      'invalid_client',
      'unauthenticated',
      `the client must prove itself: \`client_assertion_type\` must be \`${assertionType}\``,
    );
  const assertion = form.get('client_assertion');
  if (assertion === undefined || assertion === '') throw wrongRequest('`client_assertion` is missing');
  return assertion;
};

/** Answers as OAuth requires (RFC 6749, section 5.2), with the code of Interlock's problem. */
const refuse = (reply: FastifyReply, { error, code, message }: TokenRefusal): FastifyReply =>
  reply
    .status(error === 'invalid_client' ? 401 : 400)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ error, error_description: message, code, detail: message }));

/** Issues tokens to registered agents. */
class TokenEndpoint {
  readonly #parts: Parts;
  readonly #registry: AgentRegistry;
  readonly #used: UsedOnce;
  readonly #address: URL;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#registry = new AgentRegistry(parts.store);
    this.#used = new UsedOnce(join(parts.folder, 'used'), assertionS + 60);
    this.#address = new URL(path, parts.issuer);
  }

  /** Issues a token. Throws TokenRefusal, and the log's errors. */
  async give(body: unknown, proofText: string | undefined): Promise<object> {
    const form = formIn(body);
    const assertion = assertionIn(form);
    const client = clientIn(assertion);
    if ((form.get('client_id') ?? client.clientId) !== client.clientId)
      throw wrongRequest('`client_id` is not the client of the assertion');
    const proof = await this.#proof(proofText);
    const jti = await this.#verify(assertion, client, proof);
    if (!this.#used.take('assertion', client.clientId, jti))
      throw new TokenRefusal('invalid_client', 'unauthenticated', 'the assertion was used before');
    if (!this.#used.take('proof', proof.jkt, proof.jti))
      throw new TokenRefusal('invalid_dpop_proof', 'proof-invalid', 'the proof was used before');
    return {
      access_token: await this.#token(client, proof),
      token_type: 'DPoP',
      expires_in: tokenS,
      scope: agentScopes.join(' '),
    };
  }

  async #proof(text: string | undefined): Promise<Proof> {
    try {
      return await readProof(text, { method: 'POST', address: this.#address });
    } catch (error) {
      if (!isProblem(error)) throw error;
      throw new TokenRefusal('invalid_dpop_proof', error.code, error.detail, { cause: error });
    }
  }

  /** INVARIANT: one key signs both the assertion and the proof, and the token is bound to it. */
  async #verify(assertion: string, client: Client, { jkt }: Proof): Promise<string> {
    const key = await this.#registry.keyOf(client.tenantId, client.name, jkt);
    if (key === undefined)
      throw new TokenRefusal(
        'invalid_client',
        'credential-revoked',
        `the key of the proof is not registered for an agent \`${client.clientId}\`, or has ended`,
      );
    const { issuer } = this.#parts;
    return verifyAssertion(assertion, key, client, [issuer, this.#address.href]);
  }

  async #token({ tenantId, name, clientId }: Client, { jkt }: Proof): Promise<string> {
    const {
      keys: [key],
      issuer,
      audience,
    } = this.#parts;
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ tenant: tenantId, client_id: clientId, role: 'agent', cnf: { jkt } })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: key.kid! })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(agentSubject(name))
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + tokenS)
      .sign(await importJWK(key, 'EdDSA'));
  }
}

/**
 * Adds the token endpoint for registered agents: `POST /oauth/token` (client credentials with a
 * private key JWT, RFC 7523; a token bound by DPoP, RFC 9449), its metadata (RFC 8414), and the
 * keys that verify the tokens.
 */
export const addTokenEndpoint = async (app: FastifyInstance, parts: Parts): Promise<void> => {
  const endpoint = new TokenEndpoint(parts);
  const { issuer, keys } = parts;
  app.get('/.well-known/oauth-authorization-server', () => ({
    issuer,
    token_endpoint: new URL(path, issuer).href,
    jwks_uri: new URL('/oauth/jwks', issuer).href,
    response_types_supported: [],
    grant_types_supported: ['client_credentials'],
    scopes_supported: agentScopes,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: agentAlgorithms,
    dpop_signing_alg_values_supported: agentAlgorithms,
  }));
  app.get('/oauth/jwks', () => ({ keys: publicKeysOf(keys) }));
  await app.register((scope, _options, done) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: formLimit },
      (_request, body, parsed) => parsed(null, body),
    );
    scope.post(path, async (request, reply) => {
      const proof = request.headers['dpop'];
      try {
        const answer = await endpoint.give(request.body, typeof proof === 'string' ? proof : undefined);
        return await reply.header('cache-control', 'no-store').send(answer);
      } catch (error) {
        if (error instanceof TokenRefusal) return refuse(reply, error);
        throw error;
      }
    });
    done();
  });
};
