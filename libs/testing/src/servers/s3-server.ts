import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Faults of the server, once each, in order, for the requests of a method. */
type S3Fault =
  /** 503 SlowDown; nothing is done. */
  | 'slow_down'
  /**
   * The connection is cut: before the request is carried out, in the middle of the answer, or after
   * a write and before its answer.
   */
  | 'cut'
  | 'cut_answer'
  | 'lost_answer'
  /** Flips a byte in the answer's body. */
  | 'flipped_byte'
  /** 501 NotImplemented if the request has a condition. */
  | 'no_conditions';

export type S3Server = {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  /** Requests as `METHOD key`. */
  readonly requests: string[];
  readonly fail: (method: string, ...faults: readonly S3Fault[]) => void;
  /** Refuses the credentials from now on, or accepts them again. */
  readonly lock: (locked: boolean) => void;
  readonly stop: () => Promise<void>;
};

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

/** The signature of AWS Signature Version 4 over a received request. */
const checkSignature = (
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  keys: { readonly id: string; readonly secret: string },
): void => {
  const [, id, day, region, service, signed, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    ) ?? [];
  const at = request.headers['x-amz-date'];
  const payload = request.headers['x-amz-content-sha256'];
  if (id === undefined || typeof at !== 'string' || typeof payload !== 'string')
    throw new Refusal(403, 'AccessDenied');
  if (id !== keys.id) throw new Refusal(403, 'InvalidAccessKeyId');
  const names = signed!.split(';');
  if (
    !names.includes('host') ||
    Object.keys(request.headers).some((name) => name.startsWith('x-amz-') && !names.includes(name))
  )
    throw new Refusal(403, 'SignatureDoesNotMatch');
  const path = url.pathname
    .split('/')
    .map((part) => encoded(decodeURIComponent(part)))
    .join('/');
  const query = [...url.searchParams]
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&');
  const headers = names
    .map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}\n`)
    .join('');
  const canonical = [request.method, path, query, headers, signed, payload].join('\n');
  const text = ['AWS4-HMAC-SHA256', at, `${day}/${region}/${service}/aws4_request`, sha256(canonical)].join(
    '\n',
  );
  const key = hmac(hmac(hmac(hmac(`AWS4${keys.secret}`, day!), region!), service!), 'aws4_request');
  if (!timingSafeEqual(hmac(key, text), Buffer.from(signature!, 'hex')))
    throw new Refusal(403, 'SignatureDoesNotMatch');
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(body))
    throw new Refusal(400, 'XAmzContentSHA256Mismatch');
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const listing = (
  objects: ReadonlyMap<string, Buffer>,
  bucket: string,
  query: URLSearchParams,
  pageSize: number,
): string => {
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const found = [...objects.keys()]
    .filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after)
    .sort();
  const page = found.slice(0, pageSize);
  const more = found.length > page.length;
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>${bucket}</Name><KeyCount>${page.length}</KeyCount><IsTruncated>${more}</IsTruncated>${
    more ? `<NextContinuationToken>${escaped(page.at(-1)!)}</NextContinuationToken>` : ''
  }${page.map((key) => `<Contents><Key>${escaped(key)}</Key><Size>${objects.get(key)!.length}</Size></Contents>`).join('')}</ListBucketResult>`;
};

/**
 * A server for the part of S3 that an archive needs, by its specification. It checks every
 * signature, respects conditions, and fails on purpose.
 */
export const startS3Server = async (options: {
  readonly bucket: string;
  readonly id: string;
  readonly secret: string;
  readonly pageSize?: number;
  /** Keeps versions, and locks objects in this mode by default. Only the settings say so. */
  readonly versioning?: boolean;
  readonly lock?: 'COMPLIANCE' | 'GOVERNANCE';
}): Promise<S3Server> => {
  const { bucket, pageSize = 1000 } = options;
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const faults: { readonly method: string; readonly fault: S3Fault }[] = [];
  let locked = false;

  const answer = (
    request: IncomingMessage,
    url: URL,
    body: Buffer,
    fault: S3Fault | undefined,
  ): {
    readonly status: number;
    readonly body?: Buffer | string;
    readonly headers?: { readonly [name: string]: string };
  } => {
    checkSignature(request, url, body, options);
    if (locked) throw new Refusal(403, 'AccessDenied');
    const [, name, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    if (name !== bucket) throw new Refusal(404, 'NoSuchBucket');
    const key = rest.join('/');
    const xml = { status: 200, headers: { 'content-type': 'application/xml' } };
    if (request.method === 'GET' && key === '' && url.searchParams.has('versioning'))
      return {
        ...xml,
        body: `<VersioningConfiguration>${options.versioning === true ? '<Status>Enabled</Status>' : ''}</VersioningConfiguration>`,
      };
    if (request.method === 'GET' && key === '' && url.searchParams.has('object-lock')) {
      if (options.lock === undefined) throw new Refusal(404, 'ObjectLockConfigurationNotFoundError');
      return {
        ...xml,
        body: `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>${options.lock}</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>`,
      };
    }
    if (request.method === 'GET' && key === '')
      return {
        status: 200,
        body: listing(objects, bucket, url.searchParams, pageSize),
        headers: { 'content-type': 'application/xml' },
      };
    const there = objects.get(key);
    const etag = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;
    if (request.method === 'PUT') {
      if (fault === 'no_conditions' && request.headers['if-none-match'] !== undefined)
        throw new Refusal(501, 'NotImplemented');
      if (request.headers['if-none-match'] === '*' && there !== undefined)
        throw new Refusal(412, 'PreconditionFailed');
      if (Number(request.headers['content-length']) !== body.length) throw new Refusal(400, 'IncompleteBody');
      const checksum = request.headers['x-amz-checksum-sha256'];
      if (checksum !== undefined && checksum !== createHash('sha256').update(body).digest('base64'))
        throw new Refusal(400, 'BadDigest');
      objects.set(key, body);
      return { status: 200, headers: { etag: etag(body) } };
    }
    if (there === undefined) throw new Refusal(404, 'NoSuchKey');
    const sent = Buffer.from(there);
    if (fault === 'flipped_byte') sent[sent.length >> 1]! ^= 1;
    return { status: 200, body: sent, headers: { etag: etag(there), 'content-length': `${sent.length}` } };
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://s3');
    const at = faults.findIndex(({ method }) => method === request.method);
    const fault = at < 0 ? undefined : faults.splice(at, 1)[0]!.fault;
    requests.push(`${request.method} ${decodeURIComponent(url.pathname)}`);
    if (fault === 'cut') {
      request.socket.destroy();
      return;
    }
    const body = await bodyOf(request);
    try {
      if (fault === 'slow_down') throw new Refusal(503, 'SlowDown');
      const { status, body: sent = '', headers = {} } = answer(request, url, body, fault);
      if (fault === 'lost_answer') {
        request.socket.destroy();
        return;
      }
      response.writeHead(status, headers);
      if (fault === 'cut_answer') {
        response.write(sent.slice(0, sent.length >> 1), () => request.socket.destroy());
        return;
      }
      response.end(request.method === 'HEAD' ? undefined : sent);
    } catch (error) {
      const { status, code } = error instanceof Refusal ? error : new Refusal(500, 'InternalError');
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(
        request.method === 'HEAD'
          ? undefined
          : `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
      );
    }
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    fail: (method, ...some) => {
      for (const fault of some) faults.push({ method, fault });
    },
    lock: (now) => {
      locked = now;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
