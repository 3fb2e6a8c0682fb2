import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const types: { readonly [ending: string]: string } = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.png': 'image/png',
};
const compressible = new Set(['.js', '.css', '.svg', '.json', '.webmanifest']);
const compress = {
  br: (text: Buffer) => promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (text: Buffer) => promisify(gzip)(text, { level: 9 }),
};
type Coding = keyof typeof compress;

/**
 * Returns the content security policy of the page: only scripts and styles of this origin or with
 * the page's own nonce, and no framing.
 */
const policyOf = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/**
 * The content security policy of a worker, which comes with its own file. The worker that verifies
 * the log must read the log, from this origin only.
 */
const scriptPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'";

const pageHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
};

const wantsPage = (request: FastifyRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') &&
  /\btext\/html\b/.test(request.headers.accept ?? '');

/**
 * The built console: its page with a fresh nonce each time, and its files, compressed once and
 * cached forever by hash.
 */
export class Site {
  readonly #page: string;
  readonly #files = new Map<string, Promise<Buffer>>();
  #names: Promise<ReadonlySet<string>> | undefined;

  private constructor(private readonly folder: string) {
    this.#page = readFileSync(join(folder, 'index.html'), 'utf8');
  }

  /** Opens the built console; undefined if it was not built. */
  static open(folder: string): Site | undefined {
    return existsSync(join(folder, 'index.html')) ? new Site(folder) : undefined;
  }

  /**
   * Sends the page to a browser that asks for one; every address of the console has the same page.
   */
  page(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    if (!wantsPage(request)) return undefined;
    const nonce = randomBytes(16).toString('base64');
    return reply
      .headers({ ...pageHeaders, 'content-security-policy': policyOf(nonce) })
      .type('text/html; charset=utf-8')
      .send(this.#page.replaceAll('__NONCE__', nonce));
  }

  #file(name: string, coding: Coding | undefined): Promise<Buffer> {
    const key = `${name}:${coding ?? ''}`;
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const read = readFile(join(this.folder, 'assets', name)).then((text) =>
      coding === undefined ? text : compress[coding](text),
    );
    this.#files.set(key, read);
    return read;
  }

  async #has(name: string): Promise<boolean> {
    this.#names ??= readdir(join(this.folder, 'assets')).then((names) => new Set(names));
    return (await this.#names).has(name);
  }

  add(app: FastifyInstance): void {
    app.get<{ Params: { name: string } }>('/assets/:name', async (request, reply) => {
      const { name } = request.params;
      // INVARIANT: only names that were in the folder are read, so no name leads out of it.
      if (!(await this.#has(name))) return reply.callNotFound();
      const ending = extname(name);
      const accepted = request.headers['accept-encoding'] ?? '';
      const coding = !compressible.has(ending)
        ? undefined
        : /\bbr\b/.test(accepted)
          ? 'br'
          : /\bgzip\b/.test(accepted)
            ? 'gzip'
            : undefined;
      return reply
        .headers({
          'cache-control': 'public, max-age=31536000, immutable',
          'cross-origin-resource-policy': 'same-origin',
          vary: 'accept-encoding',
          ...(ending === '.js' ? { 'content-security-policy': scriptPolicy } : {}),
          ...(coding === undefined ? {} : { 'content-encoding': coding }),
        })
        .type(types[ending] ?? 'application/octet-stream')
        .send(await this.#file(name, coding));
    });
  }
}
