import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '@interlock/kernel';
import { readConfig, type AuthSettings } from '@interlock/platform';
import { EdgeConfig } from '../config.js';
import type { ConsoleLogin, ConsoleOptions } from './options.js';
import type { RecordPerson } from './person-log.js';

/** The variables that a login by a provider requires. */
const needed = ['INTERLOCK_PUBLIC_URL', 'EDGE_SESSION_KEY'] as const;

/** The keys in `EDGE_SESSION_KEY`. */
export const sessionKeysIn = (text: string): ConsoleLogin['keys'] => {
  const [first = '', ...others] = text.split(',');
  return [Buffer.from(first, 'hex'), ...others.map((other) => Buffer.from(other, 'hex'))];
};

/**
 * Returns the console as the environment of a standalone edge describes it. It has a login if a
 * client at the provider is named; the provider then also issues the tokens of the API. Throws
 * `validation-failed` with every invalid or missing variable.
 */
export const consoleFrom = (
  environment: { readonly [name: string]: string | undefined },
  site: string,
  auth: AuthSettings,
  record: RecordPerson,
): ConsoleOptions => {
  const config = readConfig(EdgeConfig, environment);
  const {
    INTERLOCK_OIDC_CLIENT_ID: clientId,
    INTERLOCK_PUBLIC_URL: publicUrl,
    EDGE_SESSION_KEY: key,
  } = config;
  if (clientId === undefined) return { site };
  if (publicUrl === undefined || key === undefined) {
    const missing = needed.filter((name) => config[name] === undefined);
    throw new ProblemError('validation-failed', `the login needs ${missing.join(' and ')}`, {
      violations: missing.map((name) => ({ pointer: `/${name}`, detail: 'must be set with a client' })),
    });
  }
  const {
    INTERLOCK_OIDC_CLIENT_SECRET: clientSecret,
    INTERLOCK_OIDC_RESOURCE: resource,
    INTERLOCK_OIDC_CLI_CLIENT_ID: device,
    INTERLOCK_OIDC_SCOPE: scope,
  } = config;
  mkdirSync(config.EDGE_STATE_DIR, { recursive: true, mode: 0o700 });
  return {
    site,
    https: publicUrl.startsWith('https:'),
    login: {
      stateFile: join(config.EDGE_STATE_DIR, 'console-login.json'),
      keys: sessionKeysIn(key),
      sessionS: config.EDGE_SESSION_S,
      record,
      provider: {
        issuer: auth.issuer,
        name: config.INTERLOCK_OIDC_NAME,
        clientId,
        scope,
        publicUrl,
        ...(clientSecret === undefined ? {} : { clientSecret }),
        ...(resource === undefined ? {} : { resource }),
        ...(device === undefined ? {} : { device: { clientId: device, scope } }),
      },
    },
  };
};
