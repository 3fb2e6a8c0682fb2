import { join } from 'node:path';
import type { Violation } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import type { Credentials } from '@interlock/netconf';
import { trustedKeys, type DeviceEndpoint } from '@interlock/network';
import { tenantSecrets, type TenantSecretsOptions } from '@interlock/platform';
import type { GatewayConfig } from '../config.js';

/** The members of a device that determine which secret is used, and where it is sent. */
export type SecretUse = Pick<
  DeviceEndpoint,
  'host' | 'port' | 'credentials_ref' | 'host_key_fingerprint' | 'next_host_key_fingerprint'
>;

/**
 * The devices' secrets. Each belongs to one tenant, and a tenant's references find only its own.
 */
export interface CredentialStore {
  /**
   * Returns why the tenant may not use the reference; empty if it may, whether the secret exists
   * yet or not.
   */
  readonly violations: (tenantId: string, reference: string) => readonly Violation[];
  /**
   * Throws `secret-not-for-host` if the secret is not bound to the device's address and to each of
   * its host keys.
   */
  readonly refuseElsewhere: (tenantId: string, device: SecretUse) => void;
  /**
   * Returns a password, or a private key if the text is one. Throws `device-unreachable`, with any
   * violations, and `secret-not-for-host`.
   */
  readonly read: (tenantId: string, device: SecretUse) => Credentials;
}

const remedy =
  "put the secret where the tenant's are: a file below its folder in the credentials directory, or a variable with its prefix";

/** Returns where the devices' secrets are stored. */
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
 * Resolves `env:NAME` and `file:PATH` for a tenant. A relative path starts in the tenant's own
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
  const refuseElsewhere = (tenantId: string, device: SecretUse): void => {
    for (const hostKey of trustedKeys(device))
      secrets.refuseElsewhere(tenantId, device.credentials_ref, {
        host: device.host,
        port: device.port,
        hostKey,
      });
  };
  return {
    violations,
    refuseElsewhere,
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
      const { host, port, host_key_fingerprint: hostKey } = device;
      const secret = secrets.read(tenantId, reference, { host, port, hostKey });
      if (secret === '')
        throw new ProblemError(
          'device-unreachable',
          `the credentials \`${reference}\` are not there, or cannot be read`,
          { remedy },
        );
      // `read` has checked the present key.
      if (device.next_host_key_fingerprint !== undefined) refuseElsewhere(tenantId, device);
      // A private key is never sent as a password, whatever stands before it.
      return /-----BEGIN [A-Z ]*(?:PRIVATE KEY|CERTIFICATE)-----/.test(secret)
        ? { privateKey: secret }
        : { password: secret };
    },
  };
};

/** Returns the text of a secret that is to hold a client's certificate and key. */
export const clientPemOf = (secret: Credentials): string =>
  'password' in secret ? secret.password : secret.privateKey.toString();
