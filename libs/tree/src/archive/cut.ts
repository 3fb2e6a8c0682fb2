import { parseStream, streamName, type Timestamp } from '@interlock/contracts';
import { isObject, ProblemError, type Decider, isTexts } from '@interlock/kernel';
import { fromBase64 } from '../base64.js';
import type { Hash } from '../tree/merkle.js';
import type { Runs } from '../tree/parts-proof.js';
import type { TenantHead, TenantPath } from '../tenants.js';

/** A segment of the archive that was read back right before a cut. */
export type CutSegment = {
  readonly first: number;
  readonly count: number;
  readonly manifest_sha256: string;
};

/**
 * What is cut from the log of a tenant, and by what it is proved (stream
 * `checkpoint-<tenant>:cuts`). It is recorded before anything is truncated.
 */
export type LogCut = {
  readonly cut_id: string;
  /** The log, as its checkpoints name it. */
  readonly origin: string;
  /** Every action of these streams ended before this time. */
  readonly before: Timestamp;
  /** The revisions that are cut: from the first one up to, but not with, the one that stays. */
  readonly streams: readonly { readonly stream: string; readonly from: string; readonly until: string }[];
  readonly events: number;
  /** Of the events as an export has them. */
  readonly bytes: number;
  readonly from: Timestamp;
  readonly to: Timestamp;
  /** The last event that is cut: its position, and its leaf of the whole log's tree. */
  readonly last_position: string;
  readonly last_leaf: number;
  /** The leaves of the tenant's tree that are cut. */
  readonly runs: Runs;
  /** The hashes of the subtrees that make up the runs, as `subtreesOf` has them; base64. */
  readonly nodes: readonly string[];
  readonly location: string;
  readonly segments: readonly CutSegment[];
  /** The signed note that covers every event, and the tenant's tree under it. */
  readonly checkpoint: string;
  readonly tenant: TenantHead & { readonly index: number; readonly path: readonly string[] };
};
/** The streams of a cut are truncated, and the log was asked to remove what they hide. */
type LogTruncated = { readonly cut_id: string };
/**
 * How far events may be missing from the log, over all tenants (stream
 * `checkpoint-_system:cuts`). A read model that is behind it cannot be built from the log alone.
 */
type LogCutNoted = {
  readonly cut_id: string;
  readonly tenant_id: string;
  readonly through: string;
};

export type CutEvent =
  | { readonly type: 'LogCut'; readonly data: LogCut }
  | { readonly type: 'LogTruncated'; readonly data: LogTruncated };
export type CutCommand =
  | { readonly kind: 'record_cut'; readonly data: LogCut }
  | { readonly kind: 'record_truncated'; readonly cut_id: string };
/** `open`: a cut that is recorded and not known to be done. */
export type CutState = { readonly open: LogCut | null };

export const cutStream = (tenant: string): string => streamName('checkpoint', tenant, 'cuts');

/** One cut at a time: the next one waits until the streams of the one before are truncated. */
export const cutDecider: Decider<CutCommand, CutEvent, CutState> = {
  name: 'cut',
  types: ['LogCut', 'LogTruncated'],
  initial: { open: null },
  decide: (command, { open }) => {
    if (command.kind === 'record_truncated')
      return open?.cut_id === command.cut_id
        ? [{ type: 'LogTruncated', data: { cut_id: command.cut_id } }]
        : [];
    if (open?.cut_id === command.data.cut_id) return [];
    if (open !== null) throw new ProblemError('wrong-state', `the cut \`${open.cut_id}\` is not done yet`);
    return [{ type: 'LogCut', data: command.data }];
  },
  evolve: (_state, { type, data }) => ({ open: type === 'LogCut' ? data : null }),
};

export type CutNoteEvent = { readonly type: 'LogCutNoted'; readonly data: LogCutNoted };
export type CutNoteCommand = {
  readonly kind: 'note_cut';
  readonly cut: Pick<LogCut, 'cut_id' | 'last_position'>;
  readonly tenant_id: string;
};
/** The position up to which events may be missing; `0` where nothing was cut. */
export type CutNoteState = { readonly through: string };

export const cutNoteDecider: Decider<CutNoteCommand, CutNoteEvent, CutNoteState> = {
  name: 'cut-note',
  types: ['LogCutNoted'],
  initial: { through: '0' },
  decide: ({ cut: { cut_id, last_position }, tenant_id }, { through }) => [
    {
      type: 'LogCutNoted',
      data: {
        cut_id,
        tenant_id,
        through: commitOf(last_position) > commitOf(through) ? last_position : through,
      },
    },
  ],
  evolve: (_state, { data: { through } }) => ({ through }),
};

const commitOf = (position: string): bigint => BigInt(position.split('/')[0]!);

/**
 * The largest complete subtrees that make up a run of leaves, `[start, end]`, from left to right.
 * Every tree that holds the run has them.
 */
export const subtreesOf = ([first, count]: Runs[number]): readonly (readonly [
  start: number,
  end: number,
])[] => {
  const parts: (readonly [number, number])[] = [];
  for (let start = first; start < first + count;) {
    let width = 1;
    while (start % (width * 2) === 0 && start + width * 2 <= first + count) width *= 2;
    parts.push([start, start + width]);
    start += width;
  }
  return parts;
};

/** The subtrees of a cut, each with its hash. */
export const cutSubtrees = ({
  runs,
  nodes,
}: Pick<LogCut, 'runs' | 'nodes'>): readonly {
  readonly start: number;
  readonly end: number;
  readonly hash: Hash;
}[] => runs.flatMap(subtreesOf).map(([start, end], i) => ({ start, end, hash: fromBase64(nodes[i]!)! }));

/** The path of a cut's tenant, with its hashes. */
export const cutTenant = ({ tenant: { path, ...head } }: Pick<LogCut, 'tenant'>): TenantPath => ({
  ...head,
  path: path.map((hash) => fromBase64(hash) ?? new Uint8Array()),
});

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown, form: RegExp): boolean => typeof value === 'string' && form.test(value);
const isRun = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && isCount(value[0]) && isCount(value[1]) && value[1] > 0;
const isSegment = (value: unknown): boolean =>
  isObject(value) &&
  isCount(value['first']) &&
  isCount(value['count']) &&
  isText(value['manifest_sha256'], /^[0-9a-f]{64}$/);
const isCutStream = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['stream'] === 'string' &&
  parseStream(value['stream']) !== undefined &&
  isText(value['from'], /^(?:0|[1-9]\d{0,18})$/) &&
  isText(value['until'], /^[1-9]\d{0,18}$/);
const areAll = (value: unknown, is: (one: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(is);

/** Reads the data of a `LogCut`; `undefined` for what no `audit` records. */
export const readLogCut = (data: object): LogCut | undefined => {
  const cut = data as Partial<LogCut>;
  const { tenant, runs, nodes } = cut;
  const holds =
    isTexts([cut.cut_id, cut.origin, cut.last_position, cut.checkpoint, cut.location]) &&
    isCount(cut.events) &&
    isCount(cut.last_leaf) &&
    areAll(cut.streams, isCutStream) &&
    areAll(cut.segments, isSegment) &&
    areAll(runs, isRun) &&
    areAll(nodes, (hash) => typeof hash === 'string' && fromBase64(hash)?.length === 32) &&
    isObject(tenant) &&
    typeof tenant['tenant'] === 'string' &&
    typeof tenant['root'] === 'string' &&
    isCount(tenant['size']) &&
    isCount(tenant['index']) &&
    isTexts(tenant['path']);
  if (!holds || runs!.flatMap(subtreesOf).length !== nodes!.length) return undefined;
  return runs!.reduce((sum, [, count]) => sum + count, 0) === cut.events ? (data as LogCut) : undefined;
};
