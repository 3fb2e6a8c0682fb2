import type { LoginMethods, ProblemDetails } from '@interlock/contracts';
import type { Sessions } from './sessions.js';

/**
 * Returns the available ways to log in, for an anonymous caller. It contains only public
 * information about the provider, and why the caller's own last login was refused.
 */
export const methodsOf = (
  { provider, takesInvitations }: Sessions,
  refused: ProblemDetails | null,
): LoginMethods => {
  if (provider === undefined) return { invitation: takesInvitations, oidc: null, refused };
  const { name, issuer, device, resource = null } = provider.settings;
  return {
    invitation: takesInvitations,
    oidc: {
      name,
      issuer,
      device: device === undefined ? null : { client_id: device.clientId, scope: device.scope, resource },
    },
    refused,
  };
};
