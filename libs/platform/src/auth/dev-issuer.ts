import { importJWK, SignJWT } from 'jose';
import type { PrincipalKind, Role, Scope } from '@interlock/contracts';

import type { AuthSettings } from '../base/context.js';
import { loadSigningKeys, newKey, publicKeysOf } from './signing-keys.js';

export type TokenRequest = {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly sub: string;
  readonly kind: PrincipalKind;
  readonly tenants?: readonly string[];
  readonly teams?: readonly string[];
  /** The roles from which the scopes come. They grant nothing by themselves. */
  readonly roles?: readonly Role[];
  /** Lifetime in seconds. Absent: 3600. Tests may use a negative one. */
  readonly ttlS?: number;
};

/** Signs tokens for development and tests. In production, an OIDC issuer does this. */
export type DevIssuer = {
  readonly auth: AuthSettings;
  readonly token: (request: TokenRequest) => Promise<string>;
};

const issuer = 'urn:interlock:dev-issuer';
const audience = 'interlock';

/**
 * Makes or loads Ed25519 keys in a directory (file mode 0600) and signs tokens with the first;
 * tokens of the others are valid too. Without a directory the key lives in memory.
 */
export const createDevIssuer = async (dir?: string): Promise<DevIssuer> => {
  const keys =
    dir === undefined ? ([await newKey()] as const) : await loadSigningKeys(dir, 'dev-issuer.jwk.json');
  const [jwk] = keys;
  const key = await importJWK(jwk, 'EdDSA');
  return {
    // The holder of the issuer's key is the operator. Its tokens may name any agent and account,
    // unless a subject has its own list.
    auth: {
      issuer,
      audience,
      jwks: { keys: publicKeysOf(keys) },
      may_name: { agents: ['*'], accounts: ['*'], signals: ['*'] },
    },
    token: ({ tenant, scopes, sub, kind, tenants, teams, roles, ttlS = 3600 }) => {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({
        tenant,
        scope: scopes.join(' '),
        principal_kind: kind,
        ...(tenants === undefined ? {} : { tenants }),
        ...(teams === undefined ? {} : { teams }),
        ...(roles === undefined ? {} : { held_roles: roles }),
      })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: jwk.kid! })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(sub)
        .setIssuedAt(now + Math.min(0, ttlS))
        .setExpirationTime(now + ttlS)
        .sign(key);
    },
  };
};
