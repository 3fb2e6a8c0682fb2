import { noBusGrants, registryStream, type BusGrants, type BusUser } from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';
import { decideAgent, type AgentCommand } from './agent-credential.js';
import { busCredential, type Credential, type Names, type TenantEvent } from './credential.js';

export type TenantCommand =
  | { readonly kind: 'create' | 'suspend' | 'resume' | 'remove'; readonly tenant_id: string }
  | ({ readonly kind: 'register' } & Credential)
  | { readonly kind: 'revoke'; readonly credential: string }
  | AgentCommand;

export type TenantStatus = 'unknown' | 'active' | 'suspended' | 'removed';
/**
 * The state of a tenant. `formerKeys` are the public keys that users of the bus no longer have,
 * each with the credential that lost it first.
 */
export type TenantState = {
  readonly status: TenantStatus;
  readonly credentials: ReadonlyMap<string, Credential>;
  readonly formerKeys: ReadonlyMap<string, string>;
};

/** Returns the stream of a tenant's registration. */
export const tenantStream = registryStream;

/** A user of the bus that authenticates with an nkey; `user` is `<tenant>.<name>`. */
export type KeyedUser = { readonly user: string; readonly public_key: string; readonly grants: BusGrants };

/** True if a list of names holds a name, or all of them (`*`). */
export const has = (names: readonly string[], name: string): boolean =>
  names.includes('*') || names.includes(name);

/** Returns the permissions on the bus that a credential's user has in addition to its intents. */
export const grantsOf = ({ signals, handlers }: Partial<Credential> = {}): BusGrants => ({
  signals: signals ?? noBusGrants.signals,
  handlers: handlers ?? noBusGrants.handlers,
});

/**
 * True if the credential is registered for the signal; an unregistered credential may report none.
 */
export const mayReport = (credential: Pick<Credential, 'signals'> | undefined, signal: string): boolean =>
  has(credential?.signals ?? [], signal);

/** Returns the users of a tenant that authenticate with an nkey. */
export const keyedUsers = (credentials: Iterable<Credential>): readonly KeyedUser[] => {
  const prefix = busCredential('');
  return [...credentials].flatMap((one) =>
    one.public_key === null || !one.credential.startsWith(prefix)
      ? []
      : [
          {
            user: one.credential.slice(prefix.length),
            public_key: one.public_key,
            grants: grantsOf(one),
          },
        ],
  );
};

/** Returns the same users, in the form of the bus's configuration. */
export const nkeyUsers = (credentials: Iterable<Credential>): readonly BusUser[] =>
  keyedUsers(credentials).map(({ user, public_key: nkey, grants }) => ({ user, secret: { nkey }, grants }));

/** True if these names allow an agent and an account. */
export const mayName = ({ agents, accounts }: Names, agent: string, account: string): boolean =>
  has(agents, agent) && has(accounts, account);

const wrong = (what: string, status: TenantStatus): ProblemError =>
  new ProblemError(
    'wrong-state',
    status === 'unknown' ? 'there is no such tenant' : `a tenant that is ${status} cannot be ${what}`,
    { members: { state: status } },
  );

const same = (a: Credential, b: Credential): boolean =>
  a.public_key === b.public_key &&
  a.agents.join() === b.agents.join() &&
  a.accounts.join() === b.accounts.join() &&
  grantsOf(a).signals.join() === grantsOf(b).signals.join() &&
  grantsOf(a).handlers.join() === grantsOf(b).handlers.join();

const decide = (command: TenantCommand, { status, credentials }: TenantState): readonly TenantEvent[] => {
  switch (command.kind) {
    case 'create':
      if (status === 'suspended') throw wrong('created', status);
      return status === 'active' ? [] : [{ type: 'TenantCreated', data: { tenant_id: command.tenant_id } }];
    case 'suspend':
      if (status === 'unknown' || status === 'removed') throw wrong('suspended', status);
      return status === 'suspended'
        ? []
        : [{ type: 'TenantSuspended', data: { tenant_id: command.tenant_id } }];
    case 'resume':
      if (status === 'unknown' || status === 'removed') throw wrong('resumed', status);
      return status === 'active' ? [] : [{ type: 'TenantResumed', data: { tenant_id: command.tenant_id } }];
    case 'remove':
      if (status === 'unknown') throw wrong('removed', status);
      return status === 'removed' ? [] : [{ type: 'TenantRemoved', data: { tenant_id: command.tenant_id } }];
    case 'register': {
      if (status === 'unknown' || status === 'removed') throw wrong('given a credential', status);
      const { kind: _kind, ...credential } = command;
      const known = credentials.get(credential.credential);
      return known !== undefined && same(known, credential)
        ? []
        : [{ type: 'CredentialIssued', data: credential }];
    }
    case 'create_agent':
    case 'rotate_agent':
      if (status !== 'active') throw wrong('given a credential', status);
      return decideAgent(command, credentials);
    case 'revoke_agent':
      return decideAgent(command, credentials);
    case 'revoke':
      return credentials.has(command.credential)
        ? [{ type: 'CredentialRevoked', data: { credential: command.credential } }]
        : [];
  }
};

/**
 * INVARIANT: a revoked key may be registered again for the same credential only, so that its holder
 * cannot act under another name.
 */
const keysAfter = (
  { credentials, formerKeys }: TenantState,
  gone: readonly string[],
  registered?: Credential,
): ReadonlyMap<string, string> => {
  const lost = gone.flatMap((name) => {
    const key = credentials.get(name)?.public_key ?? null;
    return key === null ? [] : [[key, name] as const];
  });
  const isBack = ([key, name]: readonly [string, string]): boolean =>
    key === registered?.public_key && name === registered.credential;
  return new Map([...new Map([...lost, ...formerKeys])].filter((entry) => !isBack(entry)));
};

const without = (
  credentials: ReadonlyMap<string, Credential>,
  name: string,
): ReadonlyMap<string, Credential> => new Map([...credentials].filter(([known]) => known !== name));

/**
 * A tenant's credentials, the values that each may name, and whether the tenant's intents are
 * accepted. A removed tenant has no credentials.
 */
export const tenantDecider: Decider<TenantCommand, TenantEvent, TenantState> = {
  name: 'tenant',
  types: [
    'TenantCreated',
    'TenantSuspended',
    'TenantResumed',
    'TenantRemoved',
    'CredentialIssued',
    'CredentialRevoked',
  ],
  initial: { status: 'unknown', credentials: new Map(), formerKeys: new Map() },
  decide,
  evolve: (state, event) => {
    switch (event.type) {
      case 'TenantCreated':
      case 'TenantResumed':
        return { ...state, status: 'active' };
      case 'TenantSuspended':
        return { ...state, status: 'suspended' };
      case 'TenantRemoved':
        return {
          status: 'removed',
          credentials: new Map(),
          formerKeys: keysAfter(state, [...state.credentials.keys()]),
        };
      case 'CredentialIssued':
        return {
          ...state,
          credentials: new Map([...state.credentials, [event.data.credential, event.data]]),
          formerKeys: keysAfter(state, [event.data.credential], event.data),
        };
      case 'CredentialRevoked':
        return {
          ...state,
          credentials: without(state.credentials, event.data.credential),
          formerKeys: keysAfter(state, [event.data.credential]),
        };
    }
  },
  inSpiteOfForgery: {
    takes: ({ kind }) =>
      kind === 'suspend' || kind === 'remove' || kind === 'revoke' || kind === 'revoke_agent',
    after: (state) => state,
  },
};
