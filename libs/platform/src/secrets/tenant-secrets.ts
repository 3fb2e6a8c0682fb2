import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { ProblemError } from '@interlock/kernel';
import { bindingEnd, bindingFault, variableBindingEnd, type SecretDestination } from './secret-binding.js';

/**
 * The location of tenants' secrets: files below `directory/<tenant>/`, and variables that begin
 * with the prefix and the tenant.
 */
export type TenantSecretsOptions = {
  readonly directory: string | undefined;
  readonly prefix: string;
  readonly environment: { readonly [name: string]: string | undefined };
  /**
   * The name of the files' location in a refusal, such as `credentials directory`, and its owner,
   * such as `the gateway`.
   */
  readonly place: string;
  readonly owner: string;
};

/** A secret that is itself an address is sent only there, so it needs no binding. */
export type OwnAddress = 'own-address';

/**
 * Secrets by reference, each of one tenant. A tenant's reference finds only the tenant's own
 * secrets.
 */
export interface TenantSecrets {
  /**
   * Returns why the tenant may not use the reference; null if it may. The secret need not exist
   * yet.
   */
  readonly fault: (tenantId: string, reference: string) => string | null;
  /**
   * Throws `secret-not-for-host` if the secret is not bound to the destination. The secret need not
   * exist yet.
   */
  readonly refuseElsewhere: (tenantId: string, reference: string, to: SecretDestination | OwnAddress) => void;
  /**
   * Returns the secret for one destination, without the line break at its end. Empty if it does not
   * exist, cannot be read, or is not the tenant's. Throws `secret-not-for-host` if it exists and is
   * not bound to the destination.
   */
  readonly read: (tenantId: string, reference: string, to: SecretDestination | OwnAddress) => string;
}

/**
 * Returns the prefix of a tenant's variables: the common prefix, the tenant in capitals, two
 * underscores. INVARIANT: `_` and `-` in a tenant's name are written `_5F` and `_2D`, so that no
 * tenant's prefix is also another's.
 */
export const variablesOf = (prefix: string, tenantId: string): string =>
  `${prefix}${tenantId.replaceAll('_', '_5F').replaceAll('-', '_2D').toUpperCase()}__`;

const bindingNamed = 'names the binding of a secret, not a secret';

/** Returns why a tenant may not use a variable; null if it may. */
const variableFault = (start: string, tenantId: string, name: string): string | null => {
  const prefix = variablesOf(start, tenantId);
  if (name.endsWith(variableBindingEnd)) return bindingNamed;
  return name.startsWith(prefix) && name.length > prefix.length
    ? null
    : `names a variable that is not the tenant's: its own begin with \`${prefix}\``;
};

/**
 * Returns why no service lets a tenant use a reference; null if a service may. For a registration
 * at another service than the one that holds the secrets, which checks files itself.
 */
export const referenceFault = (start: string, tenantId: string, reference: string): string | null => {
  if (reference.startsWith('env:')) return variableFault(start, tenantId, reference.slice('env:'.length));
  if (!reference.startsWith('file:')) return null;
  if (reference.endsWith(bindingEnd)) return bindingNamed;
  return reference.slice('file:'.length).split('/').includes('..')
    ? "names a file that is not the tenant's: its own are below its folder"
    : null;
};

/** Returns the real path of an existing file; undefined if there is none. */
const placeOf = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

type Found =
  /**
   * `said` is the path as the caller named it, because a binding belongs to the name and not to the
   * target of a link.
   */
  { readonly at: string; readonly said: string } | { readonly fault: string };

/**
 * Resolves `env:NAME` and `file:PATH` for a tenant. A relative path begins in the tenant's own
 * folder.
 */
export const tenantSecrets = ({
  directory,
  prefix: start,
  environment,
  place,
  owner,
}: TenantSecretsOptions): TenantSecrets => {
  const variable = (tenantId: string, name: string): Found => {
    const fault = variableFault(start, tenantId, name);
    return fault === null ? { at: name, said: name } : { fault };
  };

  const file = (tenantId: string, path: string): Found => {
    if (path.endsWith(bindingEnd)) return { fault: bindingNamed };
    if (directory === undefined) return { fault: `names a file, and ${owner} has no ${place}` };
    // The tenant's folder must be a folder, not a link to another tenant's.
    const own = join(placeOf(directory) ?? resolve(directory), tenantId);
    const said = resolve(own, path);
    const real = placeOf(said);
    const below = (one: string): boolean => one.startsWith(`${own}${sep}`);
    return below(said) && (real === undefined || below(real))
      ? { at: real ?? said, said }
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

  const textOf = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };

  const refuseElsewhere: TenantSecrets['refuseElsewhere'] = (tenantId, reference, to) => {
    if (to === 'own-address') return;
    const found = find(tenantId, reference);
    const isVariable = reference.startsWith('env:');
    const binding =
      'fault' in found
        ? ''
        : isVariable
          ? environment[`${found.at}${variableBindingEnd}`]
          : textOf(`${found.said}${bindingEnd}`);
    const fault = bindingFault(binding ?? '', to);
    if (fault !== null)
      throw new ProblemError('secret-not-for-host', `the secret \`${reference}\` ${fault}`, {
        remedy: isVariable
          ? `an administrator names the destination in the variable \`${reference.slice('env:'.length)}${variableBindingEnd}\``
          : `an administrator names the destination in the file \`${reference.slice('file:'.length)}${bindingEnd}\` beside the secret`,
      });
  };

  return {
    fault: (tenantId, reference) => {
      const found = find(tenantId, reference);
      return 'fault' in found ? found.fault : null;
    },
    refuseElsewhere,
    read: (tenantId, reference, to) => {
      const found = find(tenantId, reference);
      if ('fault' in found) return '';
      const secret = reference.startsWith('env:')
        ? (environment[found.at] ?? '')
        : textOf(found.at).replace(/\r?\n$/, '');
      if (secret !== '') refuseElsewhere(tenantId, reference, to);
      return secret;
    },
  };
};
