import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Violation } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import type { Credentials } from '@interlock/netconf';
import type { GatewayConfig } from './config.js';

/** The devices' secrets, each of one tenant: what a tenant names is looked for among its own alone. */
export interface CredentialStore {
  /** What keeps the tenant from using the reference; empty where nothing does, whether the secret is there yet or not. */
  readonly violations: (tenantId: string, reference: string) => readonly Violation[];
  /** A password, or a private key where the text is one. Throws `device-unreachable`, with the violations where there are any. */
  readonly read: (tenantId: string, reference: string) => Credentials;
}

/**
 * What the names of a tenant's variables begin with: the prefix, the tenant in capitals, two underscores.
 * INVARIANT: `_` and `-` in a tenant's name are written `_5F` and `_2D`, so that no tenant's beginning is also that of another.
 */
export const variablesOf = (prefix: string, tenantId: string): string =>
  `${prefix}${tenantId.replaceAll('_', '_5F').replaceAll('-', '_2D').toUpperCase()}__`;

const remedy =
  "put the secret where the tenant's are: a file below its folder in the credentials directory, or a variable with its prefix";

/** The real place of a file that is there; undefined where there is none. */
const placeOf = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

/** Resolves `env:NAME` and `file:PATH` for a tenant. A relative path begins in the tenant's own folder. */
export const createCredentials = (
  config: GatewayConfig,
  environment: { readonly [name: string]: string | undefined },
): CredentialStore => {
  const directory =
    config.NETCONF_CREDENTIALS_DIR ??
    (config.INTERLOCK_HOME === undefined ? undefined : join(config.INTERLOCK_HOME, 'credentials'));

  const variable = (tenantId: string, name: string): string | { readonly fault: string } => {
    const prefix = variablesOf(config.NETCONF_CREDENTIALS_ENV_PREFIX, tenantId);
    return name.startsWith(prefix) && name.length > prefix.length
      ? name
      : { fault: `names a variable that is not the tenant's: its own begin with \`${prefix}\`` };
  };

  const file = (tenantId: string, path: string): string | { readonly fault: string } => {
    if (directory === undefined)
      return { fault: 'names a file, and the gateway has no credentials directory' };
    // The tenant's folder has to be one, not a link to that of another.
    const own = join(placeOf(directory) ?? resolve(directory), tenantId);
    const said = resolve(own, path);
    const real = placeOf(said);
    const below = (place: string): boolean => place.startsWith(`${own}${sep}`);
    return below(said) && (real === undefined || below(real))
      ? (real ?? said)
      : {
          fault: `names a file that is not the tenant's: its own are below \`${tenantId}/\` in the credentials directory`,
        };
  };

  const find = (tenantId: string, reference: string): string | { readonly fault: string } => {
    if (reference.startsWith('env:')) return variable(tenantId, reference.slice('env:'.length));
    return reference.startsWith('file:')
      ? file(tenantId, reference.slice('file:'.length))
      : { fault: 'is `env:NAME` or `file:PATH`, never the secret itself' };
  };

  const violations = (tenantId: string, reference: string): readonly Violation[] => {
    const found = find(tenantId, reference);
    return typeof found === 'string' ? [] : [{ pointer: '/credentials_ref', detail: found.fault }];
  };

  const secretAt = (place: string, reference: string): string => {
    if (reference.startsWith('env:')) return environment[place] ?? '';
    try {
      return readFileSync(place, 'utf8').replace(/\r?\n$/, '');
    } catch {
      return '';
    }
  };

  return {
    violations,
    read: (tenantId, reference) => {
      const found = find(tenantId, reference);
      if (typeof found !== 'string') {
        throw new ProblemError(
          'device-unreachable',
          `the credentials reference of tenant \`${tenantId}\` ${found.fault}`,
          { violations: violations(tenantId, reference), remedy },
        );
      }
      const secret = secretAt(found, reference);
      if (secret === '')
        throw new ProblemError(
          'device-unreachable',
          `the credentials \`${reference}\` are not there, or cannot be read`,
          { remedy },
        );
      return secret.startsWith('-----BEGIN') ? { privateKey: secret } : { password: secret };
    },
  };
};
