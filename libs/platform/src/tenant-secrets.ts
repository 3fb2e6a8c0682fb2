import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

/** Where the secrets of tenants are: files below `directory/<tenant>/`, and variables that begin with the prefix and the tenant. */
export type TenantSecretsOptions = {
  readonly directory: string | undefined;
  readonly prefix: string;
  readonly environment: { readonly [name: string]: string | undefined };
  /** What a refusal calls the place of the files, such as `credentials directory`, and whose it is, such as `the gateway`. */
  readonly place: string;
  readonly owner: string;
};

/** Secrets by reference, each of one tenant: what a tenant names is looked for among its own alone. */
export interface TenantSecrets {
  /** What keeps the tenant from using the reference; null where nothing does, whether the secret is there yet or not. */
  readonly fault: (tenantId: string, reference: string) => string | null;
  /** The secret, without the line break at its end; empty where it is not there, cannot be read, or may not be used. */
  readonly read: (tenantId: string, reference: string) => string;
}

/**
 * What the names of a tenant's variables begin with: the prefix, the tenant in capitals, two underscores.
 * INVARIANT: `_` and `-` in a tenant's name are written `_5F` and `_2D`, so that no tenant's beginning is also that of another.
 */
export const variablesOf = (prefix: string, tenantId: string): string =>
  `${prefix}${tenantId.replaceAll('_', '_5F').replaceAll('-', '_2D').toUpperCase()}__`;

/** The real place of a file that is there; undefined where there is none. */
const placeOf = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

type Found = { readonly at: string } | { readonly fault: string };

/** Resolves `env:NAME` and `file:PATH` for a tenant. A relative path begins in the tenant's own folder. */
export const tenantSecrets = ({
  directory,
  prefix: start,
  environment,
  place,
  owner,
}: TenantSecretsOptions): TenantSecrets => {
  const variable = (tenantId: string, name: string): Found => {
    const prefix = variablesOf(start, tenantId);
    return name.startsWith(prefix) && name.length > prefix.length
      ? { at: name }
      : { fault: `names a variable that is not the tenant's: its own begin with \`${prefix}\`` };
  };

  const file = (tenantId: string, path: string): Found => {
    if (directory === undefined) return { fault: `names a file, and ${owner} has no ${place}` };
    // The tenant's folder has to be one, not a link to that of another.
    const own = join(placeOf(directory) ?? resolve(directory), tenantId);
    const said = resolve(own, path);
    const real = placeOf(said);
    const below = (one: string): boolean => one.startsWith(`${own}${sep}`);
    return below(said) && (real === undefined || below(real))
      ? { at: real ?? said }
      : {
          fault: `names a file that is not the tenant's: its own are below \`${tenantId}/\` in the ${place}`,
        };
  };

  const find = (tenantId: string, reference: string): Found => {
    if (reference.startsWith('env:')) return variable(tenantId, reference.slice('env:'.length));
    return reference.startsWith('file:')
      ? file(tenantId, reference.slice('file:'.length))
      : { fault: 'is `env:NAME` or `file:PATH`, never the secret itself' };
  };

  return {
    fault: (tenantId, reference) => {
      const found = find(tenantId, reference);
      return 'fault' in found ? found.fault : null;
    },
    read: (tenantId, reference) => {
      const found = find(tenantId, reference);
      if ('fault' in found) return '';
      if (reference.startsWith('env:')) return environment[found.at] ?? '';
      try {
        return readFileSync(found.at, 'utf8').replace(/\r?\n$/, '');
      } catch {
        return '';
      }
    },
  };
};
