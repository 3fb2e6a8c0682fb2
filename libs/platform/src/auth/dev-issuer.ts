import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import type { PrincipalKind, Role, Scope } from '@interlock/contracts';

import type { AuthSettings } from '../base/context.js';

export type TokenRequest = {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly sub: string;
  readonly kind: PrincipalKind;
  readonly tenants?: readonly string[];
  readonly teams?: readonly string[];
  /** The roles from which the scopes come; they allow nothing by themselves. */
  readonly roles?: readonly Role[];
  /** Lifetime in seconds, default 3600; may be negative in tests. */
  readonly ttlS?: number;
};

/** Signs tokens for development and tests. In production, an OIDC issuer does this. */
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

/**
 * The private Ed25519 key in a file of the directory, with its thumbprint as `kid`; made at first
 * use, with mode 0600.
 */
export const loadSigningKey = async (dir: string, name: string): Promise<JWK> => {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, name);
  const known = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  });
  if (known !== null) return JSON.parse(known) as JWK;
  const key = await newKey();
  const written = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(written, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(key));
      await file.sync();
    } finally {
      await file.close();
    }
    // INVARIANT: the file gets its name only when it is complete, and exactly one of several
    // processes creates the key.
    await link(written, path);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return JSON.parse(await readFile(path, 'utf8')) as JWK;
  } finally {
    await rm(written, { force: true });
  }
};

/**
 * Makes or loads an Ed25519 key in a directory (file mode 0600) and signs tokens with it; without a
 * directory the key lives in memory.
 */
export const createDevIssuer = async (dir?: string): Promise<DevIssuer> => {
  const jwk = dir === undefined ? await newKey() : await loadSigningKey(dir, 'dev-issuer.jwk.json');
  const key = await importJWK(jwk, 'EdDSA');
  const { d: _secret, ...publicKey } = jwk;
  return {
    // The holder of the issuer's key is the operator. Its tokens may name any agent and account,
    // unless a subject has its own list.
    auth: {
      issuer,
      audience,
      jwks: { keys: [publicKey] },
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
