import { isProblem } from '@interlock/kernel';
import { OutboundError } from '@interlock/outbound';
import { destinationOf, type TenantSecrets } from '@interlock/platform';

/**
 * Returns the secret for an address, or an empty text if the secret does not exist. Throws
 * OutboundError if the secret is not bound to the address: nothing was sent, and a retry does not
 * help.
 */
export const boundSecret = (
  secrets: Pick<TenantSecrets, 'read'>,
  tenantId: string,
  reference: string,
  url: string,
): string => {
  try {
    return secrets.read(tenantId, reference, destinationOf(url));
  } catch (error) {
    if (!isProblem(error, 'secret-not-for-host')) throw error;
    throw new OutboundError('secret-not-for-host', false, error.detail);
  }
};
