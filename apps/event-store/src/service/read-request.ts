import { linearPatternFault } from '@interlock/kernel/linear-pattern';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import { invalidArgument } from '../model/errors.js';
import { NO_REVISION } from '../model/expected.js';
import { type Filter, sortedPrefixes } from '../model/filter.js';
import type { IdFormat } from '../wire/wire.js';

/** Where a read begins. Revisions and positions beyond a log's possible end count as its end. */
type From = number | 'start' | 'end';

/** A parsed read; without `count` it is a subscription. */
export type ReadRequest = {
  readonly target: { readonly stream: string } | 'all';
  readonly from: From;
  readonly backwards: boolean;
  readonly count: number | undefined;
  readonly filter: Filter | undefined;
  readonly resolveLinks: boolean;
  readonly idFormat: IdFormat;
  /** True if the client understands the stream's first and last revision in answers. */
  readonly bounds: boolean;
};

type Options = ReadReq.Options;

const BACKWARDS = 1;
const DEFAULT_WINDOW = 32;

function beginning(options: { hasStart(): boolean; hasEnd(): boolean }, position: string | undefined): From {
  if (options.hasEnd() || position === NO_REVISION) return 'end';
  if (position === undefined) return 'start';
  return Math.min(Number(position), Number.MAX_SAFE_INTEGER);
}

function parseTarget(options: Options): Pick<ReadRequest, 'target' | 'from'> {
  const stream = options.getStream();
  if (stream !== undefined) {
    const name = Buffer.from(stream.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8');
    if (name === '') throw invalidArgument('the stream has no name');
    return {
      target: { stream: name },
      from: beginning(stream, stream.hasRevision() ? stream.getRevision() : undefined),
    };
  }
  const all = options.getAll();
  if (all === undefined) throw invalidArgument('neither a stream nor `$all` is named');
  return { target: 'all', from: beginning(all, all.getPosition()?.getCommitPosition()) };
}

/**
 * Refuses a pattern that cannot be matched in linear time, because one filter would delay every
 * reader and writer.
 */
function parseRegex(source: string): string {
  // .NET allows any character to be escaped.
  const pattern = source.replace(/\\[^]/g, (escape) =>
    /[!-/:-@[-`{-~]/.test(escape[1] ?? '')
      ? `\\x${escape.charCodeAt(1).toString(16).padStart(2, '0')}`
      : escape,
  );
  const fault = linearPatternFault(pattern);
  if (fault !== null) throw invalidArgument(`the filter's regular expression \`${source}\` ${fault}`);
  return pattern;
}

function parseFilter(options: Options): Filter | undefined {
  const filter = options.getFilter();
  if (filter === undefined) return undefined;
  const expression = filter.getStreamIdentifier() ?? filter.getEventType();
  if (expression === undefined) throw invalidArgument('the filter names neither streams nor event types');
  const regex = expression.getRegex();
  const window = filter.hasMax() ? filter.getMax() : DEFAULT_WINDOW;
  return {
    on: filter.hasStreamIdentifier() ? 'stream' : 'type',
    by:
      regex === '' ? { prefixes: sortedPrefixes(expression.getPrefixList()) } : { regex: parseRegex(regex) },
    checkpointEvery: Math.max(1, window) * Math.max(1, filter.getCheckpointintervalmultiplier()),
  };
}

/** Reads a request; throws a `CallError` if it is invalid. */
export function parseReadRequest(request: ReadReq): ReadRequest {
  const options = request.getOptions();
  if (options === undefined) throw invalidArgument('the request has no options');
  const backwards = options.getReadDirection() === BACKWARDS;
  const subscription = options.hasSubscription();
  if (!subscription && !options.hasCount())
    throw invalidArgument('neither a count nor a subscription is asked for');
  if (subscription && backwards) throw invalidArgument('a subscription reads forwards only');
  const { target, from } = parseTarget(options);
  const filter = parseFilter(options);
  if (filter !== undefined && target !== 'all') throw invalidArgument('only `$all` can be filtered');
  return {
    target,
    from,
    backwards,
    filter,
    count: subscription ? undefined : Math.min(Number(options.getCount()), Number.MAX_SAFE_INTEGER),
    resolveLinks: options.getResolveLinks(),
    idFormat: options.getUuidOption()?.hasString() === true ? 'string' : 'structured',
    bounds: (options.getControlOption()?.getCompatibility() ?? 0) >= 1,
  };
}
