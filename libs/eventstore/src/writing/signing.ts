import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { logRights, streamOwners } from '@interlock/contracts';
import {
  comparePositions,
  isObject,
  parsePosition,
  ProblemError,
  signedText,
  type EventToAppend,
  type ExpectedRevision,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';

/** The services that append to the log, and sign if events are signed. */
export const signingServices: readonly string[] = [...new Set<string>(Object.values(streamOwners))].sort();

/** Public keys of the writing services, and the events before them that need no signature. */
export type WriterKeys = {
  readonly keys: { readonly [service: string]: readonly KeyObject[] };
  /**
   * Events up to here were written before signing began and need no signature; null if every event
   * needs one.
   */
  readonly unsignedUntil: Position | null;
};

/**
 * The keys of a process when events are signed: the private keys of its services, and a check
 * against the public keys of all services. `faultOf` answers as `signatureFault`.
 */
export type EventKeys = {
  readonly faultOf: (event: RecordedEvent) => string | null;
  readonly own: ReadonlyMap<string, KeyObject>;
};

const invalid = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError('validation-failed', detail, {
    remedy: 'make the keys with `interlock log keys`',
    ...(cause === undefined ? {} : { cause }),
  });

const publicKeyOf = (text: unknown): KeyObject | undefined => {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(text)) return undefined;
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' });
  } catch {
    return undefined;
  }
};

/**
 * Reads `writers.json`: `{ "writers": { SERVICE: [KEY, …] }, "unsigned_until"?: POSITION }`, each
 * key 32 bytes as base64url. Throws `validation-failed` with every fault if the text is not such a
 * file, or if a writing service has no key.
 */
export const readWriterKeys = (text: string, file: string): WriterKeys => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`\`${file}\` is not JSON`, error);
  }
  const { writers, unsigned_until: until } = isObject(value) ? value : {};
  const given = isObject(writers) ? writers : {};
  const faults: string[] = [];
  const keys: { [service: string]: readonly KeyObject[] } = {};
  for (const [service, list] of Object.entries(given)) {
    const read = (Array.isArray(list) ? list : [list]).map(publicKeyOf);
    if (!signingServices.includes(service))
      faults.push(`\`${service}\` is not a service that writes to the log`);
    else if (read.includes(undefined)) faults.push(`a key of \`${service}\` is not an Ed25519 key`);
    else keys[service] = read as KeyObject[];
  }
  for (const service of signingServices)
    if (!Object.hasOwn(given, service) || keys[service]?.length === 0)
      faults.push(`\`${service}\` has no key`);
  const unsignedUntil =
    until === undefined ? null : typeof until === 'string' ? parsePosition(until) : undefined;
  if (unsignedUntil === undefined) faults.push('`unsigned_until` is not a position');
  if (faults.length > 0) throw invalid(`\`${file}\`: ${faults.join('; ')}`);
  return { keys, unsignedUntil: unsignedUntil! };
};

const privateKeyIn = (pem: string, file: string): KeyObject => {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    key = undefined;
  }
  if (key?.asymmetricKeyType !== 'ed25519') throw invalid(`\`${file}\` is not a private Ed25519 key in PEM`);
  return key;
};

const textIn = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(`\`${file}\` cannot be read`, error);
  }
};

/**
 * The public keys in a file `writers.json`. A running process learns the renewed key of another
 * service from the changed file, so a key is replaced without restarting every process.
 */
class WriterList {
  #keys: WriterKeys;
  #version: string;

  /** Throws as `readWriterKeys`, or if the file cannot be read. */
  constructor(private readonly file: string) {
    this.#version = this.#versionNow();
    this.#keys = readWriterKeys(textIn(file), file);
  }

  get keys(): WriterKeys {
    return this.#keys;
  }

  /** Answers as `signatureFault`, and reads a changed file again before it reports a fault. */
  faultOf(event: RecordedEvent): string | null {
    const fault = signatureFault(this.#keys, event);
    return fault !== null && this.#renew() ? signatureFault(this.#keys, event) : fault;
  }

  #versionNow(): string {
    const found = statSync(this.file, { throwIfNoEntry: false });
    return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
  }

  /** True if the file has changed. The known keys hold as long as it is missing or invalid. */
  #renew(): boolean {
    const version = this.#versionNow();
    if (version === this.#version) return false;
    try {
      this.#keys = readWriterKeys(textIn(this.file), this.file);
    } catch {
      return false;
    }
    this.#version = version;
    return true;
  }
}

/**
 * The keys in the folder `EVENT_KEYS_DIR`: `writers.json`, and `NAME.key` (PKCS 8 in PEM) of each
 * of these services that writes. Null if the variable is not set. Throws `validation-failed` if a
 * file is missing or invalid, or if a private key's public part is not in `writers.json`.
 */
export const readEventKeys = (
  env: { readonly [name: string]: string | undefined },
  services: readonly string[],
): EventKeys | null => {
  const folder = env['EVENT_KEYS_DIR'] ?? '';
  if (folder === '') return null;
  const list = join(folder, 'writers.json');
  const writers = new WriterList(list);
  const own = new Map<string, KeyObject>();
  for (const service of services) {
    if (Object.keys(logRights([service]).writes).length === 0) continue;
    const file = join(folder, `${service}.key`);
    if (!existsSync(file)) throw invalid(`\`${file}\` is not there, and \`${service}\` signs with it`);
    const key = privateKeyIn(textIn(file), file);
    if (!writers.keys.keys[service]!.some((one) => one.equals(createPublicKey(key))))
      throw invalid(`the public part of \`${file}\` is not among the keys of \`${service}\` in \`${list}\``);
    own.set(service, key);
  }
  return { faultOf: (event) => writers.faultOf(event), own };
};

/** Categories whose owner appends without an expected revision. */
const anywhere = ['evaluation', 'trace'];
const isAnywhere = (stream: string): boolean => anywhere.includes(stream.split('-', 1)[0]!);

/** A new private key in PEM (PKCS 8). */
export const newEventKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

/**
 * The public part of a private key in PEM, in the form of `writers.json`. Throws
 * `validation-failed` if the text is not an Ed25519 key.
 */
export const publicPartOf = (pem: string, file: string): string => {
  const { x } = createPublicKey(privateKeyIn(pem, file)).export({ format: 'jwk' });
  return x!;
};

const revisionAfter = (expected: ExpectedRevision): bigint | undefined =>
  typeof expected === 'bigint' ? expected + 1n : expected === 'no_stream' ? 0n : undefined;

/**
 * The events of one append, each signed by the service that it names as its writer, over stream,
 * place, content and metadata. Throws if this process has no key of that service.
 */
export const signed = (
  { own }: EventKeys,
  stream: string,
  events: readonly EventToAppend[],
  expected: ExpectedRevision,
): readonly EventToAppend[] => {
  const first = revisionAfter(expected);
  if (first === undefined && !isAnywhere(stream))
    throw new RangeError(`an append to \`${stream}\` names no revision to be signed`);
  return events.map((event, i) => {
    const key = own.get(event.metadata.writer ?? '');
    if (key === undefined)
      throw invalid(
        `there is no key to sign what \`${event.metadata.writer ?? ''}\` appends to \`${stream}\``,
      );
    const revision = first === undefined ? undefined : `${first + BigInt(i)}`;
    const value = sign(null, Buffer.from(signedText(event, stream, revision)), key).toString('base64url');
    return {
      ...event,
      metadata: { ...event.metadata, signature: { ...(revision === undefined ? {} : { revision }), value } },
    };
  });
};

/** Why the signature of an event is invalid; null if it is valid, or if the event needs none. */
export const signatureFault = ({ keys, unsignedUntil }: WriterKeys, event: RecordedEvent): string | null => {
  if (unsignedUntil !== null && comparePositions(event.position, unsignedUntil) <= 0) return null;
  const { writer, signature } = event.metadata as { readonly writer?: unknown; readonly signature?: unknown };
  const known = typeof writer === 'string' && Object.hasOwn(keys, writer) ? keys[writer]! : [];
  if (!isObject(signature) || typeof signature['value'] !== 'string') return 'it is not signed';
  const { revision, value } = signature as { readonly revision?: unknown; readonly value: string };
  if (revision === undefined) {
    if (!isAnywhere(event.stream)) return 'its signature names no revision';
  } else if (revision !== `${event.revision}`) return `its signature is for another revision`;
  const bytes = Buffer.from(value, 'base64url');
  let text: Buffer;
  try {
    text = Buffer.from(signedText(event, event.stream, revision as string | undefined));
  } catch {
    return 'it is not signed';
  }
  return known.some((key) => verify(null, text, key, bytes))
    ? null
    : `no key of \`${writer as string}\` signed it`;
};
