import { readFileSync } from 'node:fs';
import { readEventKeys, readLogUrl } from '@interlock/eventstore';
import { readBusAddress, type BusAddress } from '@interlock/jetstream';
import { ProblemError, quietJson } from '@interlock/kernel';
import { readMasterKeys } from '@interlock/people';
import { personClaimIn, type AuthSettings } from '@interlock/platform';
import type { Addresses } from '../connections.js';
import { databaseUrl, needed, poolMaxIn, type Environment } from './variables.js';

/** The address at which every container listens, inside its own network. */
export const listenAt = { host: '0.0.0.0', port: 8080 } as const;

const claimsOf = (environment: Environment): Pick<AuthSettings, 'claims'> => {
  const {
    INTERLOCK_ROLES_CLAIM: roles = '',
    INTERLOCK_TENANT_CLAIM: tenant = '',
    INTERLOCK_PERSON_CLAIM: person = '',
  } = environment;
  if (roles === '') return {};
  return {
    claims: {
      roles,
      tenant: tenant || 'tenant',
      ...(person === '' ? {} : { person: personClaimIn(person) }),
    },
  };
};

/**
 * Returns the settings of the tokens that the edge issues to agents. Their proofs name its public
 * address.
 */
const agentsOf = (environment: Environment): Pick<AuthSettings, 'agents'> => {
  const issuer = environment['INTERLOCK_PUBLIC_URL'] ?? '';
  const url = environment['INTERLOCK_AGENT_JWKS_URL'] || `http://edge:${listenAt.port}/oauth/jwks`;
  return issuer === '' ? {} : { agents: { issuer, jwks: { url } } };
};

/**
 * Returns the settings of the accepted tokens: those of the identity provider that
 * `INTERLOCK_ISSUER` names, or those of the installation itself, as described in the file
 * `INTERLOCK_AUTH_FILE`.
 */
export const authIn = (environment: Environment): AuthSettings => {
  if ((environment['INTERLOCK_ISSUER'] ?? '') === '') {
    const file = environment['INTERLOCK_AUTH_FILE'] ?? '';
    if (file === '')
      throw new ProblemError('validation-failed', 'neither INTERLOCK_ISSUER nor INTERLOCK_AUTH_FILE is set', {
        remedy: 'name the issuer of tokens, or the file that `init` has made',
      });
    return { ...(quietJson(readFileSync(file, 'utf8'), file) as AuthSettings), ...agentsOf(environment) };
  }
  return {
    issuer: needed(environment, 'INTERLOCK_ISSUER'),
    audience: needed(environment, 'INTERLOCK_AUDIENCE'),
    jwks: { url: needed(environment, 'INTERLOCK_JWKS_URL') },
    ...claimsOf(environment),
    ...agentsOf(environment),
  };
};

/** Returns the bus address for a user. Every service has a user of its own name. */
export const busIn = (environment: Environment, user: string): BusAddress => {
  needed(environment, 'NATS_URL');
  if ((environment['NATS_CREDS_FILE'] ?? '') === '') needed(environment, 'NATS_PASSWORD');
  return readBusAddress(environment, user);
};

/** Returns the addresses of the parts, for one service. */
export const addressesIn = (environment: Environment, service: string): Addresses => ({
  eventStore: readLogUrl(environment, service),
  eventKeys: readEventKeys(environment, [service]),
  nats: busIn(environment, service),
  postgres: databaseUrl(environment),
  poolMax: poolMaxIn(environment),
  allowSuperuser: environment['ALLOW_SUPERUSER'] === 'true',
  auth: authIn(environment),
  migrate: environment['CREATE_TABLES_ON_STARTUP'] === 'true',
  peopleKeys: readMasterKeys(environment),
});
