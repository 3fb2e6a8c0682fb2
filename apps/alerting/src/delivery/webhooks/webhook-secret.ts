import { hkdfSync } from 'node:crypto';

/**
 * Returns the secret of a webhook in the form of Standard Webhooks. It derives from the
 * installation's key and the webhook's id, so no file, event or table holds it.
 */
export const webhookSecret = (key: Buffer, tenantId: string, webhookId: string): string =>
  `whsec_${Buffer.from(hkdfSync('sha256', key, '', `interlock webhook v1\n${tenantId}\n${webhookId}`, 32)).toString('base64')}`;
