import { isProblem } from '@interlock/kernel';
import { OutboundError } from '@interlock/outbound';
import { destinationOf, type TenantSecrets } from '@interlock/platform';

/**
 * The secret for an address; empty where it is not there. Throws OutboundError where it is not
 * bound to the address: nothing was sent, and no attempt helps.
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
