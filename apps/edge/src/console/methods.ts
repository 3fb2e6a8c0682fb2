import type { LoginMethods } from '@interlock/contracts';
import type { Sessions } from './sessions.js';

/**
 * How one may log in here, for whom nobody knows yet. It holds nothing that the provider does not
 * tell everybody.
 */
export const methodsOf = ({ provider, takesInvitations }: Sessions): LoginMethods => {
  if (provider === undefined) return { invitation: takesInvitations, oidc: null };
  const { name, issuer, device, resource = null } = provider.settings;
  return {
    invitation: takesInvitations,
    oidc: {
      name,
      issuer,
      device: device === undefined ? null : { client_id: device.clientId, scope: device.scope, resource },
    },
  };
};
