import { join } from 'node:path';
import type { Violation } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import type { Credentials } from '@interlock/netconf';
import type { DeviceEndpoint } from '@interlock/network';
import { tenantSecrets, type SecretDestination, type TenantSecretsOptions } from '@interlock/platform';
import type { GatewayConfig } from './config.js';

/** What of a device says which secret is used, and where it goes. */
export type SecretUse = Pick<DeviceEndpoint, 'host' | 'port' | 'credentials_ref' | 'host_key_fingerprint'>;

/**
 * The devices' secrets, each of one tenant: what a tenant names is looked for among its own alone.
 */
export interface CredentialStore {
  /**
   * What keeps the tenant from using the reference; empty where nothing does, whether the secret is
   * there yet or not.
   */
  readonly violations: (tenantId: string, reference: string) => readonly Violation[];
  /**
   * Throws `secret-not-for-host` where the secret is not bound to the device's address and host
   * key.
   */
  readonly refuseElsewhere: (tenantId: string, device: SecretUse) => void;
  /**
   * A password, or a private key where the text is one. Throws `device-unreachable`, with the
   * violations where there are any, and `secret-not-for-host`.
   */
  readonly read: (tenantId: string, device: SecretUse) => Credentials;
}

const remedy =
  "put the secret where the tenant's are: a file below its folder in the credentials directory, or a variable with its prefix";

/** Where the devices' secrets lie. */
export const devicePlaces = (
  config: Pick<
    GatewayConfig,
    'NETCONF_CREDENTIALS_DIR' | 'INTERLOCK_HOME' | 'NETCONF_CREDENTIALS_ENV_PREFIX'
  >,
  environment: { readonly [name: string]: string | undefined },
): TenantSecretsOptions => ({
  directory:
    config.NETCONF_CREDENTIALS_DIR ??
    (config.INTERLOCK_HOME === undefined ? undefined : join(config.INTERLOCK_HOME, 'credentials')),
  prefix: config.NETCONF_CREDENTIALS_ENV_PREFIX,
  environment,
  place: 'credentials directory',
  owner: 'the gateway',
});

/**
 * Resolves `env:NAME` and `file:PATH` for a tenant. A relative path begins in the tenant's own
 * folder.
 */
export const createCredentials = (
  config: GatewayConfig,
  environment: { readonly [name: string]: string | undefined },
): CredentialStore => {
  const secrets = tenantSecrets(devicePlaces(config, environment));
  const violations = (tenantId: string, reference: string): readonly Violation[] => {
    const fault = secrets.fault(tenantId, reference);
    return fault === null ? [] : [{ pointer: '/credentials_ref', detail: fault }];
  };
  const placeOf = ({ host, port, host_key_fingerprint }: SecretUse): SecretDestination => ({
    host,
    port,
    hostKey: host_key_fingerprint,
  });
  return {
    violations,
    refuseElsewhere: (tenantId, device) => {
      secrets.refuseElsewhere(tenantId, device.credentials_ref, placeOf(device));
    },
    read: (tenantId, device) => {
      const { credentials_ref: reference } = device;
      const fault = secrets.fault(tenantId, reference);
      if (fault !== null) {
        throw new ProblemError(
          'device-unreachable',
          `the credentials reference of tenant \`${tenantId}\` ${fault}`,
          { violations: violations(tenantId, reference), remedy },
        );
      }
      const secret = secrets.read(tenantId, reference, placeOf(device));
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
