import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tenantSecrets, type ServiceContext, type TenantSecrets } from '@interlock/platform';
import { ProblemError } from '@interlock/kernel';
import { addressRule, resolveBySystem, type AddressRule, type Resolve } from './addresses.js';
import type { DeliveryConfig } from './config.js';
import { HttpClient } from './http-client.js';

/** What reaches the world outside: one bounded client, one rule of addresses, the tenants' secrets. It needs neither log nor database. */
export type Outside = {
  readonly http: HttpClient;
  readonly rule: AddressRule;
  readonly resolve: Resolve;
  readonly secrets: TenantSecrets;
  readonly ca: string | null;
  readonly timeoutMs: number;
};

const certificates = (path: string | undefined): string | null => {
  if (path === undefined) return null;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ProblemError('validation-failed', 'the file of certificates cannot be read', {
      violations: [{ pointer: '/ALERTING_CA_FILE', detail: 'must be a file that can be read' }],
      cause,
    });
  }
};

/** Throws `validation-failed` where the configuration names what is not there, or no network. */
export const outsideOf = (
  config: DeliveryConfig,
  environment: ServiceContext['environment'],
  {
    resolve = resolveBySystem,
    ca: given = null,
  }: { readonly resolve?: Resolve; readonly ca?: string | null } = {},
): Outside => {
  const rule = addressRule(config.ALERTING_ALLOWED_NETWORKS);
  const ca = given ?? certificates(config.ALERTING_CA_FILE);
  const timeoutMs = config.ALERTING_SEND_MS;
  return {
    http: new HttpClient({ rule, resolve, timeoutMs, mostBytes: config.ALERTING_ANSWER_BYTES, ca }),
    rule,
    resolve,
    ca,
    timeoutMs,
    secrets: tenantSecrets({
      directory:
        config.ALERTING_SECRETS_DIR ??
        (environment['INTERLOCK_HOME'] === undefined
          ? undefined
          : join(environment['INTERLOCK_HOME'], 'channel-secrets')),
      prefix: config.ALERTING_SECRETS_ENV_PREFIX,
      environment,
      place: "channels' directory of secrets",
      owner: 'alerting',
    }),
  };
};
