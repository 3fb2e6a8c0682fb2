import { isObject, type RecordedEvent } from '@interlock/kernel';
import { parseStream, systemTenant, tenantPattern } from '@interlock/contracts';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { toBase64 } from '../base64.js';
import { leafHash, type Hash } from '../tree/merkle.js';
import { tenantOf } from '../tree/tree-name.js';

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
const hashPattern = '[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=';
const hashText = new RegExp(`^${hashPattern}$`);
const isHash = (value: unknown): value is string => typeof value === 'string' && hashText.test(value);
/** An entry as `entryText` writes it. */
const written = new RegExp(
  `\\{"category":"([a-z_]{0,64})","correlation":"(${hashPattern})","event_hash":"(${hashPattern})","index":(0|[1-9][0-9]{0,15}),"revision":"(0|[1-9][0-9]*)","tenant":"([^"\\\\]*)","v":1\\}`,
  'y',
);

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
 * Reads an entry at a place of a text, where it stands as `entryText` writes it; `undefined` where
 * it may be written in another way. `end`: the place after it.
 */
export const entryAt = (
  text: string,
  place: number,
): { readonly entry: LeafEntry; readonly end: number } | undefined => {
  written.lastIndex = place;
  const match = written.exec(text);
  const index = Number(match?.[4]);
  if (match === null || !Number.isSafeInteger(index) || !isTenant(match[6]!)) return undefined;
  const entry: LeafEntry = {
    category: match[1]!,
    correlation: match[2]!,
    event_hash: match[3]!,
    index,
    revision: match[5]!,
    tenant: match[6]!,
    v: 1,
  };
  return { entry, end: written.lastIndex };
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

/** The length of a block of SHA-256. */
const blockBytes = 64;
/** Correlation ids are nearly always UUIDs. */
const usualId = 64;
const padded = (key: Uint8Array, byte: number): Uint8Array =>
  Uint8Array.from({ length: blockBytes }, (_, i) => (key[i] ?? 0) ^ byte);

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
  const outer = new Uint8Array(blockBytes + 32);
  outer.set(padded(key, 0x5c));
  const usual = new Uint8Array(blockBytes + usualId * 3);
  usual.set(padded(key, 0x36));
  const idRoom = usual.subarray(blockBytes);
  const innerOf = (id: string): Uint8Array =>
    id.length > usualId
      ? concatBytes(usual.subarray(0, blockBytes), encoder.encode(id))
      : usual.subarray(0, blockBytes + encoder.encodeInto(id, idRoom).written);
  const known = new Map<string, Hash>();
  return (id) => {
    const before = known.get(id);
    if (before !== undefined) return before;
    outer.set(hash(innerOf(id)), blockBytes);
    const made = hash(outer);
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
