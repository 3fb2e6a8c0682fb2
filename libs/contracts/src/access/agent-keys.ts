import { streamName, type StreamCategory } from '../values/streams.js';
import type { Timestamp } from '../values/names.js';

/**
 * The public key of an agent, as a JWK: Ed25519 (`OKP`) or P-256 (`EC`, with `y`). The private part
 * never leaves the agent.
 */
export type PublicJwk = {
  readonly kty: 'OKP' | 'EC';
  readonly crv: 'Ed25519' | 'P-256';
  readonly x: string;
  readonly y?: string;
};
/** A key of an agent. `jkt` is its thumbprint (RFC 7638); `ends_at` is null until a rotation. */
export type AgentKey = {
  readonly jkt: string;
  readonly jwk: PublicJwk;
  readonly ends_at: Timestamp | null;
};

/** The prefix of agents' subjects. Only the edge issues tokens with such a subject. */
export const agentPrefix = 'agent.';
/** Returns the subject of an agent's tokens. */
export const agentSubject = (name: string): string => `${agentPrefix}${name}`;
/** Returns the agent's credential, as in the requester of an intent. */
export const agentCredential = (name: string): string => `service:${agentSubject(name)}`;
/** Returns the agent's name at the token endpoint: `<tenant>.<name>`. */
export const agentClientId = (tenantId: string, name: string): string => `${tenantId}.${name}`;
/** Returns the stream with the credentials of a tenant. */
export const registryStream = (tenantId: string): string =>
  streamName('tenant' satisfies StreamCategory, tenantId, 'registry');

/** The signature algorithms of agents' keys, for assertions and proofs. */
export const agentAlgorithms = ['EdDSA', 'Ed25519', 'ES256'] as const;

/** Returns the keys that are valid at a time. */
export const validKeys = (keys: readonly AgentKey[], now: Timestamp): readonly AgentKey[] =>
  keys.filter(({ ends_at: end }) => end === null || end > now);
