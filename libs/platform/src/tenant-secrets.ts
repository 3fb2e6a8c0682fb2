import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

/** Secrets outside the log, each of one tenant: what a tenant names is looked for among its own alone. */
export interface TenantSecrets {
  /** What keeps the tenant from using the reference, as the end of a sentence; null where nothing does, whether the secret is there yet or not. */
  readonly fault: (tenantId: string, reference: string) => string | null;
  /** The secret; null where it is not there, cannot be read, or may not be named. */
  readonly read: (tenantId: string, reference: string) => string | null;
}

export type TenantSecretsOptions = {
  /** Each tenant's files are below its own folder in it; undefined where there are none. */
  readonly directory: string | undefined;
  /** What the variables' names begin with, before the tenant. */
  readonly prefix: string;
  readonly environment: { readonly [name: string]: string | undefined };
};

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

type Found = { readonly place: string } | { readonly fault: string };

/** Resolves `env:NAME` and `file:PATH` for a tenant. A relative path begins in the tenant's own folder. */
export const tenantSecrets = ({ directory, prefix, environment }: TenantSecretsOptions): TenantSecrets => {
  const variable = (tenantId: string, name: string): Found => {
    const own = variablesOf(prefix, tenantId);
    return name.startsWith(own) && name.length > own.length
      ? { place: name }
      : { fault: `names a variable that is not the tenant's: its own begin with \`${own}\`` };
  };

  const file = (tenantId: string, path: string): Found => {
    if (directory === undefined)
      return { fault: 'names a file, and the gateway has no credentials directory' };
    // The tenant's folder has to be one, not a link to that of another.
    const own = join(placeOf(directory) ?? resolve(directory), tenantId);
    const said = resolve(own, path);
    const real = placeOf(said);
    const below = (place: string): boolean => place.startsWith(`${own}${sep}`);
    return below(said) && (real === undefined || below(real))
      ? { place: real ?? said }
      : {
          fault: `names a file that is not the tenant's: its own are below \`${tenantId}/\` in the credentials directory`,
        };
  };

  const find = (tenantId: string, reference: string): Found => {
    if (reference.startsWith('env:')) return variable(tenantId, reference.slice('env:'.length));
    return reference.startsWith('file:')
      ? file(tenantId, reference.slice('file:'.length))
      : { fault: 'is `env:NAME` or `file:PATH`, never the secret itself' };
  };

  const textAt = (place: string, reference: string): string => {
    if (reference.startsWith('env:')) return environment[place] ?? '';
    try {
      return readFileSync(place, 'utf8').replace(/\r?\n$/, '');
    } catch {
      return '';
    }
  };

  return {
    fault: (tenantId, reference) => {
      const found = find(tenantId, reference);
      return 'fault' in found ? found.fault : null;
    },
    read: (tenantId, reference) => {
      const found = find(tenantId, reference);
      const text = 'place' in found ? textAt(found.place, reference) : '';
      return text === '' ? null : text;
    },
  };
};
