import { isObject, type RecordedEvent } from '@interlock/kernel';
import { parseStream, systemTenant, tenantPattern } from '@interlock/contracts';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { toBase64 } from './base64.js';
import { leafHash, type Hash } from './merkle.js';
import { tenantOf } from './tree-name.js';

/**
 * The entry of a leaf: the facts about one event that the tree commits to. With all entries and no
 * content, an auditor can count each tenant's events. Hashes are base64. `revision` is decimal
 * text, as in an export.
 */
export type LeafEntry = {
  readonly v: 1;
  /** SHA-256 of the event's line of an export. */
  readonly event_hash: string;
  readonly tenant: string;
  /** The leaf's place in the tree of its tenant, from 0 without gaps. */
  readonly index: number;
  /** Category of the event's stream; empty if the stream's name has none. */
  readonly category: string;
  /** HMAC-SHA-256 of the event's correlation id, with the key of its tenant. */
  readonly correlation: string;
  /** The event's revision in its stream. */
  readonly revision: string;
};
/**
 * The part of an entry that follows from its event alone, without the tenant's key and the leaf's
 * place.
 */
export type EntryFacts = Pick<LeafEntry, 'tenant' | 'category' | 'revision'>;
/** SHA-256, 32 bytes: the portable function, or a faster one of the platform. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

const encoder = new TextEncoder();

/** An entry in its canonical form: canonical JSON (RFC 8785). */
export const entryText = ({
  category,
  correlation,
  event_hash,
  index,
  revision,
  tenant,
}: LeafEntry): string =>
  `{"category":${JSON.stringify(category)},"correlation":"${correlation}","event_hash":"${event_hash}","index":${index},"revision":"${revision}","tenant":${JSON.stringify(tenant)},"v":1}`;

/** The hash of an event's line, in the form of its leaf's entry: base64. */
export const eventHash = (line: Uint8Array, hash: Sha256 = sha256): string => toBase64(hash(line));

/** The hash of an entry's leaf. */
export const entryLeaf = (entry: LeafEntry, hashLeaf: (bytes: Uint8Array) => Hash = leafHash): Hash =>
  hashLeaf(encoder.encode(entryText(entry)));

/** How many ids a hasher of correlation ids remembers. */
const rememberedIds = 10_000;
const members = 'category,correlation,event_hash,index,revision,tenant,v';
/** The one spelling of 32 bytes in base64: the last character's two unused bits are zero. */
const hashText = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;
const isHash = (value: unknown): value is string => typeof value === 'string' && hashText.test(value);

/** The names of an object's members in order; entries nearly always have them in order. */
const namesOf = (value: object): string => {
  const names = Object.keys(value);
  const text = names.join();
  return text === members ? text : names.sort().join();
};

/** True for a name that `tenantOf` can give. */
const isTenant = (name: string): boolean => name === systemTenant || tenantPattern.test(name);

/** Reads an entry; `undefined` for every text that `entryText` would not write. */
export const parseEntry = (value: unknown): LeafEntry | undefined => {
  if (!isObject(value) || namesOf(value) !== members) return undefined;
  const { category, correlation, event_hash, index, revision, tenant, v } = value;
  return v === 1 &&
    typeof category === 'string' &&
    /^[a-z_]{0,64}$/.test(category) &&
    typeof tenant === 'string' &&
    isTenant(tenant) &&
    typeof index === 'number' &&
    Number.isSafeInteger(index) &&
    index >= 0 &&
    typeof revision === 'string' &&
    /^(?:0|[1-9]\d*)$/.test(revision) &&
    isHash(correlation) &&
    isHash(event_hash)
    ? { category, correlation, event_hash, index, revision, tenant, v }
    : undefined;
};

/**
 * The members of an entry beside its hash and its place. A category of more than 64 characters is
 * not Interlock's and counts as none.
 */
export const factsOf = ({ stream, revision }: Pick<RecordedEvent, 'stream' | 'revision'>): EntryFacts => {
  const { category = '' } = parseStream(stream) ?? {};
  return {
    tenant: tenantOf(stream),
    category: category.length > 64 ? '' : category,
    revision: `${revision}`,
  };
};

/** The correlation id that an event's entry hashes; empty if another writer's event has none. */
export const correlationOf = ({ metadata }: Pick<RecordedEvent, 'metadata'>): string => {
  const id: unknown = metadata.$correlationId;
  return typeof id === 'string' ? id : '';
};

const padded = (key: Uint8Array, byte: number): Uint8Array =>
  Uint8Array.from({ length: 64 }, (_, i) => (key[i] ?? 0) ^ byte);

const heading = utf8ToBytes('interlock tenant key/v1\n');

/**
 * The key of a tenant: SHA-256 of a heading and the line of the tenant's first event. It follows
 * from the log alone, so no instance keeps a secret and a tree can be built again. A person with
 * the entries but not the tenant's content cannot use it to test a guess of a correlation id.
 */
export const tenantKey = (firstLine: Uint8Array, hash: Sha256 = sha256): Uint8Array =>
  hash(concatBytes(heading, firstLine));

/**
 * Hashes correlation ids with a tenant's key: HMAC-SHA-256 (RFC 2104), 32 bytes. It remembers the
 * latest ids, because the events of one action follow each other in the log.
 */
export const correlationHasher = (key: Uint8Array, hash: Sha256 = sha256): ((id: string) => Hash) => {
  const [inner, outer] = [padded(key, 0x36), padded(key, 0x5c)];
  const known = new Map<string, Hash>();
  return (id) => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const made = hash(concatBytes(outer, hash(concatBytes(inner, encoder.encode(id)))));
    if (known.size >= rememberedIds) known.clear();
    known.set(id, made);
    return made;
  };
};

/** A correlation id in the form of a tenant's entries: base64. */
export const correlationHash = (key: Uint8Array, id: string, hash: Sha256 = sha256): string =>
  toBase64(correlationHasher(key, hash)(id));

/** The entry of an event's leaf. `eventHash` is that of its line, in base64. */
export const entryOf = (
  event: Pick<RecordedEvent, 'stream' | 'revision'>,
  index: number,
  eventHash: string,
  correlation: string,
): LeafEntry => ({ v: 1, event_hash: eventHash, index, correlation, ...factsOf(event) });
