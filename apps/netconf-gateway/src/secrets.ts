import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ProblemError } from '@interlock/kernel';
import type { GatewayConfig } from './config.js';

const keyPattern = /^[0-9a-f]{64}\s*$/;

/**
 * Returns the gateway's key: the configured one, or the one in its file, which is created at the
 * first start.
 */
export const gatewayKey = (config: GatewayConfig): Buffer => {
  if (config.NETCONF_GATEWAY_KEY !== undefined) return Buffer.from(config.NETCONF_GATEWAY_KEY, 'hex');
  const file =
    config.NETCONF_GATEWAY_KEY_FILE ??
    (config.INTERLOCK_HOME === undefined
      ? undefined
      : join(config.INTERLOCK_HOME, 'keys', 'netconf-gateway.key'));
  if (file === undefined) {
    throw new ProblemError('validation-failed', 'the gateway has no key', {
      remedy: 'set NETCONF_GATEWAY_KEY, NETCONF_GATEWAY_KEY_FILE or INTERLOCK_HOME',
      violations: [{ pointer: '/NETCONF_GATEWAY_KEY', detail: 'is needed' }],
    });
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const text = readFileSync(file, 'utf8');
  if (!keyPattern.test(text))
    throw new ProblemError('validation-failed', "the gateway's key file does not hold 64 hex digits", {
      violations: [{ pointer: '/NETCONF_GATEWAY_KEY_FILE', detail: 'is not a key' }],
    });
  return Buffer.from(text.trim(), 'hex');
};

/**
 * Returns the persist-id of a transaction. Any instance can recompute it, so it is never stored.
 */
export const persistIdOf = (key: Buffer, tenantId: string, txId: string): string =>
  createHmac('sha256', key).update(`persist-id\n${tenantId}\n${txId}`).digest('hex').slice(0, 40);
