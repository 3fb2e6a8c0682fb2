import { createHmac, createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Scope } from '@interlock/contracts';
import { repository } from './stack.js';

type Parameter = { readonly in: string; readonly name: string };
type Schema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: { readonly [name: string]: Schema };
};
export type Route = {
  readonly method: string;
  readonly path: string;
  readonly scopes: readonly Scope[];
  readonly parameters: readonly Parameter[];
  readonly fields: readonly string[];
  readonly hasBody: boolean;
};
type Operation = {
  readonly 'x-required-scopes'?: readonly Scope[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly [type: string]: { readonly schema: Schema } } };
};
export type OpenApi = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: { readonly [name: string]: Schema } };
  readonly 'x-unavailable-services': readonly string[];
};

const fieldsOf = (document: OpenApi, operation: Operation): readonly string[] => {
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const named =
    schema?.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1)!];
  return Object.keys(named?.properties ?? {});
};

/** Every route in the merged document. */
export const routesOf = (document: OpenApi): readonly Route[] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      scopes: operation['x-required-scopes'] ?? [],
      parameters: operation.parameters ?? [],
      fields: fieldsOf(document, operation),
      hasBody: ['post', 'put', 'patch'].includes(method),
    })),
  );

const slashed = (...parts: readonly string[]): string =>
  `/${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`.replaceAll(/:(\w+)/g, '{$1}');

/** Every route that a controller of any service declares, read from the sources. */
export const routesInCode = (): readonly string[] =>
  readdirSync(join(repository, 'apps')).flatMap((app) => {
    const folder = join(repository, 'apps', app, 'src');
    const files =
      app === 'e2e'
        ? []
        : readdirSync(folder, { recursive: true })
            .map(String)
            .filter((name) => name.endsWith('.ts'));
    return files.flatMap((file) =>
      readFileSync(join(folder, file), 'utf8')
        .split(/^@Controller\(/m)
        .slice(1)
        .flatMap((text) => {
          const base = /^'([^']*)'/.exec(text)?.[1] ?? '';
          return [...text.matchAll(/^ {2}@(Get|Post|Put|Patch|Delete)\((?:'([^']*)')?\)/gm)].map(
            ([, verb = '', path = '']) => `${verb.toUpperCase()} ${slashed(base, path)}`,
          );
        }),
    );
  });

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export type Claims = { readonly [name: string]: unknown };

/** Signs any claims with the home's key or another. */
export class Forger {
  readonly #jwk: { readonly kid: string; readonly x: string; readonly d: string };
  readonly #key: KeyObject;
  readonly #other = generateKeyPairSync('ed25519');

  constructor(home: string) {
    this.#jwk = JSON.parse(readFileSync(join(home, 'keys', 'dev-issuer.jwk.json'), 'utf8')) as {
      readonly kid: string;
      readonly x: string;
      readonly d: string;
    };
    this.#key = createPrivateKey({ key: this.#jwk as never, format: 'jwk' });
  }

  claims(tenant: string, scopes: readonly string[], over: Claims = {}): Claims {
    const now = Math.floor(Date.now() / 1000);
    return {
      tenant,
      scope: scopes.join(' '),
      principal_kind: 'person',
      iss: 'urn:interlock:dev-issuer',
      aud: 'interlock',
      sub: 'mallory',
      iat: now,
      exp: now + 600,
      ...over,
    };
  }

  signed(claims: Claims, key: KeyObject = this.#key, header: Claims = {}): string {
    const text = `${part({ alg: 'EdDSA', typ: 'JWT', kid: this.#jwk.kid, ...header })}.${part(claims)}`;
    return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
  }

  hs256(claims: Claims, secret: Buffer | string): string {
    const text = `${part({ alg: 'HS256', typ: 'JWT', kid: this.#jwk.kid })}.${part(claims)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  }

  /** Invalid tokens, by their fault. */
  forged(tenant: string, scopes: readonly string[]): { readonly [what: string]: string | undefined } {
    const good = this.claims(tenant, scopes);
    const [header, , signature] = this.signed(this.claims('somebody', [])).split('.');
    const { exp: _exp, ...endless } = good;
    const { privateKey, publicKey } = this.#other;
    return {
      'no token': undefined,
      'an empty token': 'Bearer ',
      'basic credentials': `Basic ${Buffer.from('interlock:interlock').toString('base64')}`,
      'no JWT': 'Bearer abc.def.ghi',
      'an expired token': `Bearer ${this.signed({ ...good, exp: Math.floor(Date.now() / 1000) - 60 })}`,
      'a token of another key': `Bearer ${this.signed(good, privateKey)}`,
      'a token that brings its own key': `Bearer ${this.signed(good, privateKey, { jwk: publicKey.export({ format: 'jwk' }), kid: undefined })}`,
      'alg none': `Bearer ${part({ alg: 'none', typ: 'JWT' })}.${part(good)}.`,
      'HS256 with the public key as secret': `Bearer ${this.hs256(good, Buffer.from(this.#jwk.x, 'base64url'))}`,
      "HS256 with the public key's text as secret": `Bearer ${this.hs256(good, this.#jwk.x)}`,
      "another's signature": `Bearer ${header}.${part(good)}.${signature}`,
      'a wrong audience': `Bearer ${this.signed({ ...good, aud: 'elsewhere' })}`,
      'a wrong issuer': `Bearer ${this.signed({ ...good, iss: 'urn:elsewhere' })}`,
      'no end': `Bearer ${this.signed(endless)}`,
      'a tenant that is none': `Bearer ${this.signed({ ...good, tenant: `${tenant}:x` })}`,
    };
  }
}

export type PlainAnswer = { readonly status: number; readonly type: string; readonly text: string };

/** One plain request; of an event stream only the beginning is read. */
export const ask = async (
  http: string,
  method: string,
  path: string,
  headers: { readonly [name: string]: string } = {},
  body?: string | Uint8Array<ArrayBuffer>,
): Promise<PlainAnswer> => {
  const response = await fetch(`${http}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
  });
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('text/event-stream'))
    return { status: response.status, type, text: await response.text() };
  const reader = response.body!.getReader();
  const first = await reader.read();
  await reader.cancel();
  return { status: response.status, type, text: Buffer.from(first.value ?? []).toString() };
};

/** The answer on a raw connection to arbitrary bytes; ends when the server closes. */
export const raw = (http: string, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(http);
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    let answer = '';
    socket
      .on('data', (chunk) => {
        answer += chunk.toString();
      })
      .on('close', () => resolve(answer))
      .on('error', reject);
  });

/** An internal detail in an answer: a stack, a file, SQL, a library. */
export const leakIn = (text: string): string | undefined =>
  /\n\s+at |node_modules|file:\/\/|\/(?:work|root|home|tmp|usr|var)\/|\.[jt]s:\d|select "|insert into|relation "|SQLSTATE|syntax error at|FST_|ERR_[A-Z]|ECONN|kysely|TypeError|RangeError|SyntaxError|QueryFailed|\b[A-Z]\w+(?:Controller|Service|Handler|Exception|Dto|Decider)\b/.exec(
    text,
  )?.[0];

/** Runs work over items with a small concurrency. */
export const eachOf = async <T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  atOnce = 6,
): Promise<void> => {
  const left = [...items];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
    }),
  );
};
