import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import { problemOf } from './problem.js';

/** A private key as a JWK. The package has no dependency, so its types name none. */
export type PrivateJwk = {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  /** Present for P-256. */
  readonly y?: string;
  readonly d: string;
};

/** The file of an agent's credential, as `interlock agents create` writes it, with mode 0600. */
export type CredentialFile = {
  /** `<tenant>.<name>`. */
  readonly client_id: string;
  /** The address of Interlock. */
  readonly url: string;
  readonly token_endpoint: string;
  /** The private key as a JWK: Ed25519 or P-256. */
  readonly key: PrivateJwk;
};
/** What a request carries beside its content: the token, and a proof of the key. */
export type ProofHeaders = { readonly authorization: string; readonly dpop: string };

const assertionS = 60;
/** A token is renewed this long before it expires, in milliseconds. */
const earlyMs = 30_000;
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

type Token = { readonly value: string; readonly renewAt: number };

/**
 * Reads the file of a credential. Throws if others than the owner may read it, or if it is not one.
 */
export const readCredential = (path: string): CredentialFile => {
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
    throw new Error(`others may read ${path}: give it to its owner alone (chmod 600)`);
  const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<CredentialFile>;
  const { client_id, url, token_endpoint, key } = value;
  if (client_id === undefined || url === undefined || token_endpoint === undefined || key === undefined)
    throw new Error(`${path} is not a credential of an agent`);
  return { client_id, url, token_endpoint, key };
};

/** An agent's credential: gets its tokens, renews them, and proves each request with its key. */
export class AgentCredential {
  readonly #file: CredentialFile;
  readonly #alg: 'EdDSA' | 'ES256';
  readonly #publicKey: JWK;
  #key: Promise<CryptoKey> | undefined;
  #token: Promise<Token> | undefined;

  constructor(file: CredentialFile) {
    this.#file = file;
    this.#alg = file.key.kty === 'OKP' ? 'EdDSA' : 'ES256';
    const { kty, crv, x, y } = file.key;
    this.#publicKey = { kty, crv, x, ...(y === undefined ? {} : { y }) };
  }

  /** Reads the credential from its file. */
  static from(path: string): AgentCredential {
    return new AgentCredential(readCredential(path));
  }

  get url(): string {
    return this.#file.url;
  }

  /** The tenant of the agent. */
  get tenant(): string {
    return this.#file.client_id.split('.', 1)[0] ?? '';
  }

  /** The name of the agent. */
  get agent(): string {
    return this.#file.client_id.slice(this.tenant.length + 1);
  }

  /**
   * The headers of one request; a retry needs new ones. Throws InterlockProblem if no token is
   * given.
   */
  async headers(method: string, address: string): Promise<ProofHeaders> {
    const { value } = await this.#current();
    const ath = createHash('sha256').update(value).digest('base64url');
    return { authorization: `DPoP ${value}`, dpop: await this.#proof(method, address, { ath }) };
  }

  /** Forgets the token, so that the next request gets a new one. */
  renew(): void {
    this.#token = undefined;
  }

  async #current(): Promise<Token> {
    const known = await this.#token?.catch(() => undefined);
    if (known !== undefined && performance.now() < known.renewAt) return known;
    const asked = this.#ask();
    this.#token = asked;
    return asked;
  }

  async #ask(): Promise<Token> {
    const { client_id: clientId, token_endpoint: endpoint } = this.#file;
    const askedAt = performance.now();
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { dpop: await this.#proof('POST', endpoint, {}) },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_assertion_type: assertionType,
        client_assertion: await this.#assertion(),
      }),
    });
    if (!response.ok) throw await problemOf(response);
    const { access_token: value, expires_in: seconds } = (await response.json()) as {
      readonly access_token: string;
      readonly expires_in: number;
    };
    return { value, renewAt: askedAt + seconds * 1000 - earlyMs };
  }

  async #signed(jwt: SignJWT): Promise<string> {
    this.#key ??= importJWK(this.#file.key, this.#alg) as Promise<CryptoKey>;
    return jwt
      .setJti(randomUUID())
      .setIssuedAt()
      .sign(await this.#key);
  }

  #assertion(): Promise<string> {
    const { client_id: clientId, token_endpoint: endpoint } = this.#file;
    return this.#signed(
      new SignJWT()
        .setProtectedHeader({ alg: this.#alg, typ: 'JWT' })
        .setIssuer(clientId)
        .setSubject(clientId)
        .setAudience(endpoint)
        .setExpirationTime(`${assertionS}s`),
    );
  }

  #proof(method: string, address: string, claims: { readonly ath?: string }): Promise<string> {
    const { origin, pathname } = new URL(address);
    return this.#signed(
      new SignJWT({ htm: method, htu: `${origin}${pathname}`, ...claims }).setProtectedHeader({
        alg: this.#alg,
        typ: 'dpop+jwt',
        jwk: this.#publicKey,
      }),
    );
  }
}
