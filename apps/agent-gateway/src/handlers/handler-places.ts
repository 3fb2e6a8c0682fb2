import { join } from 'node:path';
import type { TenantSecretsOptions } from '@interlock/platform';
import type { AgentGatewayConfig } from '../config.js';

/** Returns where the handlers' secrets are stored. */
export const handlerPlaces = (
  config: Pick<AgentGatewayConfig, 'AGENT_SECRETS_DIR' | 'INTERLOCK_HOME' | 'AGENT_SECRETS_ENV_PREFIX'>,
  environment: { readonly [name: string]: string | undefined },
): TenantSecretsOptions => ({
  directory:
    config.AGENT_SECRETS_DIR ??
    (config.INTERLOCK_HOME === undefined ? undefined : join(config.INTERLOCK_HOME, 'handler-secrets')),
  prefix: config.AGENT_SECRETS_ENV_PREFIX,
  environment,
  place: 'secrets directory',
  owner: 'the agent gateway',
});
