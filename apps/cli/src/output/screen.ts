import { styleText } from 'node:util';

/** The output for people, and its capabilities. */
export type Screen = {
  /** True for a terminal: lines may be cut to its width and overwritten. */
  readonly isTerminal: boolean;
  /** Columns of the terminal; undefined if the width is unlimited. */
  readonly columns: number | undefined;
  readonly colour: boolean;
  /** Milliseconds since 1970, to which times are relative. */
  readonly now: number;
};
export type Tone = 'good' | 'waiting' | 'bad' | 'quiet' | 'head';

type Stream = { readonly isTTY?: boolean; readonly columns?: number };

const leastColumns = 40;

/**
 * Returns the capabilities of a stream. Only terminals have colours, unless `NO_COLOR` is set or
 * the terminal is `dumb`. `COLUMNS` overrides the terminal's width.
 */
export const screenOf = (
  stream: Stream,
  env: { readonly [name: string]: string | undefined } = process.env,
  now: number = Date.now(),
): Screen => {
  const isTerminal = stream.isTTY === true;
  const said = Number(env['COLUMNS'] ?? '');
  const columns = Number.isInteger(said) && said > 0 ? said : (stream.columns ?? 0);
  return {
    isTerminal,
    columns: !isTerminal || columns <= 0 ? undefined : Math.max(columns, leastColumns),
    colour: isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    now,
  };
};

const styles = {
  good: 'green',
  waiting: 'yellow',
  bad: 'red',
  quiet: 'dim',
  head: 'bold',
} as const satisfies { readonly [tone in Tone]: string };

/** The text in the colour of its tone, if the screen has colours. */
export const toned = (text: string, tone: Tone | undefined, { colour }: Screen): string =>
  tone === undefined || !colour || text === ''
    ? text
    : styleText(styles[tone], text, { validateStream: false });

const words: { readonly [tone in 'good' | 'waiting' | 'bad' | 'quiet']: readonly string[] } = {
  good: [
    ...['COMPLETED', 'ALLOW', 'pass', 'GREEN', 'active', 'resolved', 'delivered', 'CONFIRMED', 'completed'],
    ...['AUTO_EXECUTE', 'fresh', 'valid', 'confirmed', 'COMPLETED_IN_PART', 'allow', 'in_sync'],
  ],
  waiting: [
    ...['PENDING', 'AWAITING_APPROVAL', 'AWAITING_CONFIRMATION', 'EXECUTING', 'VALIDATING', 'ROLLING_BACK'],
    ...['YELLOW', 'ORANGE', 'acknowledged', 'inconclusive', 'NEEDS_APPROVAL', 'CONFIRM', 'canary', 'pending'],
    ...['PREVIEWING', 'RUNNING', 'STOPPING', 'running', 'medium', 'stale', 'suspended', 'needs_approval'],
    ...[
      'APPROVAL_REQUIRED',
      'PROPOSE_ONLY',
      'blocked',
      'not_checked',
      'changed',
      'new',
      'QUEUED',
      'PREPARING',
      'TENTATIVE',
    ],
  ],
  bad: [
    ...['DENIED', 'BLOCKED', 'ROLLBACK_FAILED', 'ROLLED_BACK', 'REJECTED', 'RED', 'DENY', 'fail', 'error'],
    ...[
      'critical',
      'high',
      'firing',
      'open',
      'failed',
      'FAILED',
      'REFUSED',
      'rolled_back',
      'deny',
      'drifted',
      'refused',
    ],
    ...['DISABLED', 'FAILING', 'ENGAGED', 'quarantined', 'missing', 'invalid'],
  ],
  quiet: ['EXPIRED', 'CANCELLED', 'PROPOSED', 'STOPPED', 'retired', 'disabled', 'removed', 'none', 'info'],
};
const tones: ReadonlyMap<string, Tone> = new Map(
  (['good', 'waiting', 'bad', 'quiet'] as const).flatMap((tone) =>
    words[tone].map((word): [string, Tone] => [word, tone]),
  ),
);

/**
 * The tone of a state, verdict, level or severity, by its first word; undefined for any other word.
 */
export const toneOf = (word: string): Tone | undefined => tones.get(word.split(' ')[0] ?? '');
