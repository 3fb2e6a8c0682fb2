import { tokenAlgorithms, type AuthSettings } from '@interlock/platform';
import { clockFinding, failed, ok, skipped, warning, withoutTls, type Finding, type Part } from './check.js';

/** The identity provider that is examined, and what its clients require. */
export type IdentitySource = {
  readonly auth: () => AuthSettings;
  /** Whether people log in there to the console; `hasDevice`: from the command line. */
  readonly hasConsole: boolean;
  readonly hasDevice: boolean;
};
type Discovery = { readonly [member: string]: unknown };
type Open = {
  readonly auth: AuthSettings;
  readonly discovery: Discovery;
  readonly skewMs: number | undefined;
};

const discoveryOf = (issuer: string): string =>
  `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

/** Reads a document of the provider. INVARIANT: errors omit the query, which may be secret. */
const read = async (
  url: string,
  timeoutMs: number,
): Promise<{ json: unknown; skewMs: number | undefined }> => {
  const { origin, pathname } = new URL(url);
  const where = `${origin}${pathname}`;
  const before = Date.now();
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((error: unknown) => {
    const { cause } = error as { readonly cause?: { readonly code?: string; readonly message?: string } };
    throw new Error(`${where} does not answer: ${cause?.code ?? cause?.message ?? (error as Error).message}`);
  });
  const half = (Date.now() - before) / 2;
  if (!response.ok) throw new Error(`${where} answers with status ${response.status}`);
  const json: unknown = await response.json().catch(() => {
    throw new Error(`${where} answers with no JSON`);
  });
  const date = response.headers.get('date');
  // The header has whole seconds, so on average it is half a second old.
  return { json, skewMs: date === null ? undefined : Date.parse(date) + 500 - before - half };
};

const open = async (source: IdentitySource, timeoutMs: number): Promise<{ part: Open; found: string }> => {
  const auth = source.auth();
  const url = discoveryOf(auth.issuer);
  const { json, skewMs } = await read(url, timeoutMs);
  return {
    part: { auth, discovery: (json ?? {}) as Discovery, skewMs },
    found: `the discovery document is at ${url}`,
  };
};

const tls = ({ auth }: Open): Finding => {
  const addresses = [auth.issuer, ...('url' in auth.jwks ? [auth.jwks.url] : [])].map((url) => new URL(url));
  const clear = addresses.filter(({ protocol }) => protocol !== 'https:');
  if (clear.length === 0) return ok("TLS, and the provider's certificate is verified");
  return withoutTls(
    clear.map(({ hostname }) => hostname),
    failed(
      'no TLS: the network can replace the keys by which tokens are verified',
      'name addresses with `https:` in INTERLOCK_ISSUER and INTERLOCK_JWKS_URL',
    ),
  );
};

const issuer = ({ auth, discovery }: Open): Finding =>
  discovery['issuer'] === auth.issuer
    ? ok(`the provider calls itself \`${auth.issuer}\`, as INTERLOCK_ISSUER does`)
    : failed(
        `the provider calls itself \`${String(discovery['issuer'])}\`, and INTERLOCK_ISSUER is \`${auth.issuer}\``,
        'set INTERLOCK_ISSUER to exactly that text, because every token is compared with it',
      );

type Key = { readonly kty?: string; readonly crv?: string; readonly alg?: string; readonly use?: string };

/** The algorithms by kind of key, for a key that does not name its own. */
const byKind: { readonly [kind: string]: string } = { RSA: 'RS256', 'OKP Ed25519': 'EdDSA' };

/** Returns the algorithm by which a key verifies tokens; undefined if Interlock accepts none. */
const algorithmOf = ({ kty, crv, alg, use }: Key): string | undefined => {
  if (use === 'enc') return undefined;
  const own = alg ?? byKind[kty === 'OKP' ? `${kty} ${crv ?? ''}` : (kty ?? '')];
  return own !== undefined && tokenAlgorithms.includes(own) ? own : undefined;
};

const keys = async ({ auth, discovery }: Open, timeoutMs: number): Promise<Finding> => {
  if (!('url' in auth.jwks)) return skipped('the keys are a part of the settings');
  const { json } = await read(auth.jwks.url, timeoutMs);
  const all = ((json as { readonly keys?: readonly Key[] } | null)?.keys ?? []).map((key) => key);
  const usable = all.flatMap((key) => algorithmOf(key) ?? []);
  const signed = [...new Set(usable)].sort().join(', ');
  if (usable.length === 0)
    return failed(
      `none of the ${all.length} keys at ${auth.jwks.url} signs with ${tokenAlgorithms.join(', ')}`,
      'let the provider sign access tokens with RS256 or EdDSA',
    );
  if (typeof discovery['jwks_uri'] === 'string' && discovery['jwks_uri'] !== auth.jwks.url)
    return warning(
      `${usable.length} keys can be used, and the discovery document names the keys at ${discovery['jwks_uri']}`,
      'set INTERLOCK_JWKS_URL to that address',
    );
  return usable.length === all.length
    ? ok(`${usable.length} ${usable.length === 1 ? 'key signs' : 'keys sign'} with ${signed}`)
    : ok(`${usable.length} of ${all.length} keys can be used, with ${signed}`);
};

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

const login = ({ discovery }: Open, { hasConsole, hasDevice }: IdentitySource): Finding => {
  if (!hasConsole && !hasDevice)
    return skipped('neither INTERLOCK_OIDC_CLIENT_ID nor INTERLOCK_OIDC_CLI_CLIENT_ID is set');
  const missing = [
    ...(hasConsole && typeof discovery['authorization_endpoint'] !== 'string'
      ? ['an authorization endpoint']
      : []),
    ...(hasDevice && typeof discovery['device_authorization_endpoint'] !== 'string'
      ? ['the device flow']
      : []),
  ];
  if (missing.length > 0)
    return failed(
      `the provider does not offer ${missing.join(' and ')}`,
      'turn it on for the client, or remove the variable of that client',
    );
  // Providers need not list the methods that they know; Entra ID does not.
  const methods = discovery['code_challenge_methods_supported'];
  return methods === undefined || !hasConsole || texts(methods).includes('S256')
    ? ok('the provider offers the flows of the console and of the command line that are set up')
    : failed('the provider does not know PKCE with S256', 'turn on PKCE with S256 for the client');
};

const clock = ({ skewMs }: Open): Finding =>
  skewMs === undefined ? skipped('its answer has no Date header') : clockFinding(skewMs, 1000);

/** Returns the checks of the identity provider. Nobody logs in. */
export const identityPart = (
  source: IdentitySource | undefined,
  absent: string,
  timeoutMs: number,
): Part<Open> => {
  const given: IdentitySource = source ?? {
    auth: () => ({ issuer: '', audience: '', jwks: { url: '' } }),
    hasConsole: false,
    hasDevice: false,
  };
  const remedy = "look at the provider's log, and let this machine reach it";
  return {
    name: 'identity provider',
    absent: source === undefined ? absent : undefined,
    open: () => open(given, timeoutMs),
    tls: { authority: 'NODE_EXTRA_CA_CERTS', address: 'INTERLOCK_ISSUER' },
    remedyOf: () => 'set INTERLOCK_ISSUER to the issuer as its tokens name it, and let this machine reach it',
    checks: [
      { name: 'tls', remedy, look: tls },
      { name: 'issuer', remedy, look: issuer },
      {
        name: 'keys',
        remedy: "set INTERLOCK_JWKS_URL to the discovery document's `jwks_uri`",
        look: (part) => keys(part, timeoutMs),
      },
      { name: 'login', remedy, look: (part) => login(part, given) },
      { name: 'clock', remedy, look: clock },
    ],
  };
};
