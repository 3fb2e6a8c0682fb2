import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { collect, isProblem } from '@interlock/kernel';
import { sha256Of } from './content.js';
import { unavailable } from './errors.js';
import type { ArchiveStore, Content } from './store.js';

/** `expiration`: when the credentials are requested again. */
export type S3Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly expiration?: Date;
};

export type S3Settings = {
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  /** If absent, AWS itself. */
  readonly endpoint?: string;
  readonly region: string;
  /** If absent, the service's environment supplies them (the role of the machine, the pod, …). */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>);
  /** The bucket is in the path, not in the host's name. */
  readonly pathStyle: boolean;
  /** A request fails after this many milliseconds without a byte. Default 30,000. */
  readonly timeoutMs?: number;
};

/** How a bucket protects its objects; `unknown` if the store or its policy does not tell. */
export type Protection = {
  readonly versioning: 'on' | 'off' | 'unknown';
  /** The default object lock. */
  readonly lock: 'COMPLIANCE' | 'GOVERNANCE' | 'off' | 'unknown';
};

/** S3 accepts 5 GiB in one request. A larger segment has too many events. */
const mostBytes = 5 * 1024 ** 3;

/**
 * Up to this size a file is held in memory, so that the client can send it again by itself. Larger
 * files stream, and the caller sends them again.
 */
const mostHeld = 8 * 1024 * 1024;
const quiet = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Loaded only if the archive is in a bucket. */
const sdk = (): Promise<typeof import('@aws-sdk/client-s3')> => import('@aws-sdk/client-s3');

const statusOf = (error: unknown): number | undefined =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;

const remedyOf = (error: unknown): string => {
  const status = statusOf(error);
  const name = (error as Error | null)?.name;
  if (name === 'NoSuchBucket') return 'make the bucket, or name another in AUDIT_ARCHIVE';
  if (status === 401 || status === 403)
    return "let the credentials read, list and write under the archive's prefix, and see that the machine's clock is right";
  if (status === 301 || status === 400)
    return 'look at AUDIT_ARCHIVE_S3_REGION and AUDIT_ARCHIVE_S3_ENDPOINT';
  if (status !== undefined) return 'wait; where it lasts, look at the store';
  if (
    /CERT|SELF_SIGNED|LEAF_SIGNATURE|INVALID_CA|INVALID_PURPOSE/.test(
      String((error as NodeJS.ErrnoException | null)?.code),
    )
  )
    return "see that the store's certificate is valid and fits AUDIT_ARCHIVE_S3_ENDPOINT, and name its authority in NODE_EXTRA_CA_CERTS";
  return name === 'CredentialsProviderError'
    ? 'set AUDIT_ARCHIVE_S3_ACCESS_KEY_ID and AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY, or give the service a role'
    : 'see that the store is up and AUDIT_ARCHIVE_S3_ENDPOINT is its address';
};

/**
 * INVARIANT: the service's log and its health show the error's name and status, never the request,
 * whose headers hold the signature.
 */
const asUnavailable = (error: unknown): Error => {
  if (isProblem(error)) return error;
  const status = statusOf(error);
  const name = (error as Error | null)?.name ?? 'Error';
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return unavailable(
    `the archive's store fails: ${name}${status === undefined ? '' : ` (${status})`}${code === undefined || code === name ? '' : ` (${code})`}`,
    remedyOf(error),
  );
};

const otherList = (why: string): Error =>
  unavailable(
    `the archive's store lists its files otherwise than S3: ${why}`,
    'see that AUDIT_ARCHIVE_S3_ENDPOINT is a store that answers ListObjectsV2',
  );

/** An archive in a bucket of any store that speaks S3. */
export class S3Store implements ArchiveStore {
  readonly location: string;
  #client: Promise<S3Client> | undefined;
  readonly #settings: S3Settings;
  readonly #signal: AbortSignal | undefined;

  /** `signal` aborts requests in progress. */
  constructor(settings: S3Settings, signal?: AbortSignal) {
    const { bucket, prefix, endpoint } = settings;
    this.#settings = settings;
    this.#signal = signal;
    this.location =
      endpoint === undefined
        ? `s3://${bucket}/${prefix}`
        : `s3+${new URL(endpoint).origin}/${bucket}/${prefix}`;
  }

  async #open(): Promise<S3Client> {
    const { endpoint, region, credentials, pathStyle, timeoutMs = 30_000 } = this.#settings;
    const { S3Client: Client } = await sdk();
    return new Client({
      region,
      forcePathStyle: pathStyle,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
      // Some stores do not know the newer checksums. The necessary ones are sent with each file,
      // and every file is read back.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 3,
      logger: quiet,
      requestHandler: {
        connectionTimeout: 5000,
        socketTimeout: timeoutMs,
        requestTimeout: 10 * timeoutMs,
        throwOnRequestTimeout: true,
      },
    });
  }

  #connected(): Promise<S3Client> {
    return (this.#client ??= this.#open());
  }

  /**
   * INVARIANT: a store that ignores the condition would overwrite the file. So existence is checked
   * first, and the condition decides between concurrent writers.
   */
  async create(name: string, content: Content): Promise<'written' | 'exists'> {
    if (await this.#isThere(name)) return 'exists';
    try {
      await this.#put(name, content, true);
      return 'written';
    } catch (error) {
      if (statusOf(error) === 412) return 'exists';
      if (statusOf(error) !== 501) throw asUnavailable(error);
    }
    await this.#asked(() => this.#put(name, content, false));
    return 'written';
  }

  replace(name: string, content: Content): Promise<void> {
    return this.#asked(() => this.#put(name, content, false));
  }

  async read(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    try {
      const { GetObjectCommand } = await sdk();
      const { Body: body } = await (
        await this.#connected()
      ).send(new GetObjectCommand({ Bucket: this.#settings.bucket, Key: this.#key(name) }), this.#options());
      if (!(body instanceof Readable)) throw new Error('the answer has no body');
      return chunksOf(body);
    } catch (error) {
      if ((error as Error | null)?.name === 'NoSuchKey') return null;
      throw asUnavailable(error);
    }
  }

  /**
   * INVARIANT: a list that is not whole is an error, so that no segment counts as missing because a
   * store pages in another way.
   */
  async *list(prefix: string): AsyncIterable<string> {
    const { ListObjectsV2Command } = await sdk();
    const under = this.#key(prefix);
    const tokens = new Set<string>();
    let token: string | undefined;
    do {
      const asked = { Bucket: this.#settings.bucket, Prefix: under, ContinuationToken: token };
      const {
        Contents: found = [],
        IsTruncated: isCut,
        NextContinuationToken: next,
      } = await this.#asked(async () =>
        (await this.#connected()).send(new ListObjectsV2Command(asked), this.#options()),
      );
      for (const { Key: key } of found) {
        if (key?.startsWith(under) !== true) throw otherList('it has a name of another prefix');
        yield key.slice(this.#settings.prefix.length);
      }
      if (isCut === true && next === undefined) throw otherList('it ends in the middle');
      if (next !== undefined && tokens.has(next)) throw otherList('it begins again');
      token = isCut === true ? next : undefined;
      if (token !== undefined) tokens.add(token);
    } while (token !== undefined);
  }

  /** Reads how the bucket protects its objects. Throws `archive-unavailable`. */
  protection(): Promise<Protection> {
    return this.#asked(async () => {
      const { GetBucketVersioningCommand, GetObjectLockConfigurationCommand } = await sdk();
      const client = await this.#connected();
      const bucket = { Bucket: this.#settings.bucket };
      const untold = (error: unknown): undefined => {
        // The credentials need not have the right to read the settings; some stores have none.
        if (statusOf(error) === 403 || statusOf(error) === 501) return undefined;
        throw error;
      };
      const versioning = await client
        .send(new GetBucketVersioningCommand(bucket), this.#options())
        .then(({ Status: status }) => (status === 'Enabled' ? ('on' as const) : ('off' as const)), untold);
      const lock = await client.send(new GetObjectLockConfigurationCommand(bucket), this.#options()).then(
        ({ ObjectLockConfiguration: found }) => found?.Rule?.DefaultRetention?.Mode ?? ('off' as const),
        (error: unknown) => (statusOf(error) === 404 ? ('off' as const) : untold(error)),
      );
      return { versioning: versioning ?? 'unknown', lock: lock ?? 'unknown' };
    });
  }

  sweep(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    void this.#client?.then(
      (client) => client.destroy(),
      () => undefined,
    );
  }

  #key(name: string): string {
    return `${this.#settings.prefix}${name}`;
  }

  #options(): { readonly abortSignal?: AbortSignal } {
    return this.#signal === undefined ? {} : { abortSignal: this.#signal };
  }

  async #asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  #isThere(name: string): Promise<boolean> {
    return this.#asked(async () => {
      try {
        const { HeadObjectCommand } = await sdk();
        await (
          await this.#connected()
        ).send(
          new HeadObjectCommand({ Bucket: this.#settings.bucket, Key: this.#key(name) }),
          this.#options(),
        );
        return true;
      } catch (error) {
        if (statusOf(error) === 404) return false;
        throw error;
      }
    });
  }

  async #put(name: string, { open, bytes, sha256 }: Content, onlyNew: boolean): Promise<void> {
    if (bytes > mostBytes)
      throw unavailable(
        `\`${name}\` is ${bytes} bytes, the store takes ${mostBytes} at once`,
        'lower AUDIT_ARCHIVE_EVENTS',
      );
    const body =
      bytes > mostHeld ? Readable.from(open(), { objectMode: false }) : Buffer.concat(await collect(open()));
    if (body instanceof Buffer && sha256Of(body) !== sha256)
      throw unavailable(
        'what was to be archived is not what was read to be sent',
        "look at the disk of the service's temporary files",
      );
    const { PutObjectCommand } = await sdk();
    await (
      await this.#connected()
    ).send(
      new PutObjectCommand({
        Bucket: this.#settings.bucket,
        Key: this.#key(name),
        Body: body,
        ContentLength: bytes,
        ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
        ContentType: name.endsWith('.json') ? 'application/json' : 'application/zstd',
        ...(onlyNew ? { IfNoneMatch: '*' } : {}),
      }),
      this.#options(),
    );
  }
}

const chunksOf = async function* (body: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk as Uint8Array;
  } catch (error) {
    throw asUnavailable(error);
  }
};
