import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import type { PrincipalKind, Scope } from '@interlock/contracts';

import type { AuthSettings } from './context.js';

export type TokenRequest = {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly sub: string;
  readonly kind: PrincipalKind;
  readonly tenants?: readonly string[];
  readonly teams?: readonly string[];
  /** Life in seconds, 3600 where not given; may be negative in tests. */
  readonly ttlS?: number;
};

/** Signs tokens for development and tests; production has an OIDC issuer of its own. */
export type DevIssuer = {
  readonly auth: AuthSettings;
  readonly token: (request: TokenRequest) => Promise<string>;
};

const issuer = 'urn:interlock:dev-issuer';
const audience = 'interlock';

const newKey = async (): Promise<JWK> => {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg: 'EdDSA', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
};

const loadKey = async (dir: string): Promise<JWK> => {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'dev-issuer.jwk.json');
  try {
    // INVARIANT: `wx` makes exactly one of several processes the key's author.
    const file = await open(path, 'wx', 0o600);
    try {
      const key = await newKey();
      await file.writeFile(JSON.stringify(key));
      await file.sync();
      return key;
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return JSON.parse(await readFile(path, 'utf8')) as JWK;
  }
};

/** Makes or loads an Ed25519 key in a directory (file mode 0600) and signs tokens with it; without a directory the key lives in memory. */
export const createDevIssuer = async (dir?: string): Promise<DevIssuer> => {
  const jwk = dir === undefined ? await newKey() : await loadKey(dir);
  const key = await importJWK(jwk, 'EdDSA');
  const { d: _secret, ...publicKey } = jwk;
  return {
    // Whoever holds the issuer's key is the operator: its tokens may name any agent and account, unless a subject has a list of its own.
    auth: { issuer, audience, jwks: { keys: [publicKey] }, may_name: { agents: ['*'], accounts: ['*'] } },
    token: ({ tenant, scopes, sub, kind, tenants, teams, ttlS = 3600 }) => {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({
        tenant,
        scope: scopes.join(' '),
        principal_kind: kind,
        ...(tenants === undefined ? {} : { tenants }),
        ...(teams === undefined ? {} : { teams }),
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
