import {
  agentClientId,
  agentCredential,
  validKeys,
  type AgentKey,
  type PublicJwk,
  type Timestamp,
} from '@interlock/contracts';
import { ProblemError, sameJson } from '@interlock/kernel';
import { busCredential, type Credential, type TenantEvent } from './credential.js';

/** A new key of an agent; `jkt` is its thumbprint. */
type NewKey = { readonly jkt: string; readonly jwk: PublicJwk };
/** An agent's user of the bus, named `<tenant>.<name>`. */
type AgentBusUser = { readonly public_key: string; readonly handlers: readonly string[] };

export type AgentCommand =
  | {
      readonly kind: 'create_agent';
      readonly tenant_id: string;
      readonly name: string;
      readonly agents: readonly string[];
      readonly accounts: readonly string[];
      readonly signals: readonly string[];
      readonly key: NewKey;
      readonly bus: AgentBusUser | null;
    }
  | {
      readonly kind: 'rotate_agent';
      readonly name: string;
      readonly key: NewKey;
      /** Until when the previous keys are valid. */
      readonly old_keys_until: Timestamp;
      readonly now: Timestamp;
    }
  | { readonly kind: 'revoke_agent'; readonly tenant_id: string; readonly name: string };

type Credentials = ReadonlyMap<string, Credential>;
/** An agent's registration, as lists show it. */
export type RegisteredAgent = {
  readonly name: string;
  readonly credential: Credential;
  readonly keys: readonly AgentKey[];
  readonly bus: Credential | null;
};

const prefix = agentCredential('');

/** Returns the requesters that identify an agent: its tokens, and its user of the bus. */
export const agentRequesters = (tenantId: string, name: string): readonly string[] => [
  agentCredential(name),
  busCredential(agentClientId(tenantId, name)),
];

/**
 * Returns the requesters whose actions and plans the caller submitted. For an agent these include
 * its user of the bus.
 */
export const ownRequesters = (tenantId: string, requester: string): readonly string[] =>
  requester.startsWith(prefix) ? agentRequesters(tenantId, requester.slice(prefix.length)) : [requester];

/**
 * True for a credential that may name only what its registration allows, whatever the issuer
 * allows.
 */
export const needsRegistration = (credential: string): boolean =>
  credential.startsWith(busCredential('')) || credential.startsWith(prefix);

/** Returns the registered agents, by name. */
export const agentsIn = (tenantId: string, credentials: Credentials): readonly RegisteredAgent[] =>
  [...credentials.values()]
    .filter(({ credential }) => credential.startsWith(prefix))
    .map((credential) => {
      const name = credential.credential.slice(prefix.length);
      return {
        name,
        credential,
        keys: credential.keys ?? [],
        bus: credentials.get(busCredential(agentClientId(tenantId, name))) ?? null,
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));

const registered = (name: string, credentials: Credentials): Credential => {
  const known = credentials.get(agentCredential(name));
  if (known === undefined)
    throw new ProblemError('not-found', `there is no agent \`${name.slice(0, 64)}\` with a credential`);
  return known;
};

/** INVARIANT: a key belongs to one agent, so that its holder acts under one name. */
const requireNewKey = ({ jkt }: NewKey, credentials: Credentials): void => {
  if ([...credentials.values()].some(({ keys = [] }) => keys.some((key) => key.jkt === jkt)))
    throw new ProblemError('already-exists', 'the key is registered already: make a new one');
};

/**
 * True if the agent is registered with exactly these values, for example by the same command
 * before.
 */
const isSameAgent = (
  credentials: Credentials,
  [token, user]: readonly [string, string],
  may: Pick<Credential, 'agents' | 'accounts' | 'signals'>,
  { key, bus }: Pick<Extract<AgentCommand, { kind: 'create_agent' }>, 'key' | 'bus'>,
): boolean => {
  const [known, knownUser] = [credentials.get(token), credentials.get(user)];
  return (
    known?.keys?.some(({ jkt, ends_at }) => jkt === key.jkt && ends_at === null) === true &&
    sameJson({ agents: known.agents, accounts: known.accounts, signals: known.signals ?? [] }, may) &&
    sameJson(
      knownUser === undefined
        ? null
        : { public_key: knownUser.public_key, handlers: knownUser.handlers ?? [] },
      bus,
    )
  );
};

const register = (data: Credential): TenantEvent => ({ type: 'CredentialIssued', data });

/**
 * Returns the events of a command on an agent's credential. Throws `already-exists` and
 * `not-found`.
 */
export const decideAgent = (command: AgentCommand, credentials: Credentials): readonly TenantEvent[] => {
  switch (command.kind) {
    case 'create_agent': {
      const { tenant_id: tenantId, name, agents, accounts, signals, key, bus } = command;
      const [token, user] = agentRequesters(tenantId, name) as [string, string];
      const may = { agents, accounts, signals };
      if (isSameAgent(credentials, [token, user], may, command)) return [];
      if (credentials.has(token) || (bus !== null && credentials.has(user)))
        throw new ProblemError('already-exists', `there is an agent \`${name}\` already`);
      requireNewKey(key, credentials);
      return [
        register({ credential: token, public_key: null, ...may, keys: [{ ...key, ends_at: null }] }),
        ...(bus === null ? [] : [register({ credential: user, ...may, ...bus })]),
      ];
    }
    case 'rotate_agent': {
      const known = registered(command.name, credentials);
      if (known.keys?.some(({ jkt, ends_at }) => jkt === command.key.jkt && ends_at === null) === true)
        return [];
      requireNewKey(command.key, credentials);
      const { now, old_keys_until: until, key } = command;
      const old = validKeys(known.keys ?? [], now).map((one) => ({
        ...one,
        ends_at: one.ends_at === null || one.ends_at > until ? until : one.ends_at,
      }));
      return [register({ ...known, keys: [...old, { ...key, ends_at: null }] })];
    }
    case 'revoke_agent':
      registered(command.name, credentials);
      return agentRequesters(command.tenant_id, command.name)
        .filter((credential) => credentials.has(credential))
        .map((credential) => ({ type: 'CredentialRevoked', data: { credential } }));
  }
};
