import { canonicalText } from './canonical-text.js';

/** A state that follows from the log, with the stream whose events it is folded from. */
export type DerivedState = {
  readonly stream: string;
  readonly category: string;
  readonly tenant: string;
  readonly id: string;
  readonly revision: string;
  readonly position: string;
  readonly state: object;
};

/**
 * Replaces values that JSON cannot hold: maps become objects in the order of their keys, and big
 * integers become text.
 */
const plain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}`;
  if (value instanceof Map)
    return Object.fromEntries(
      [...(value as Map<string, unknown>)]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => [key, plain(item)]),
    );
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
};

/** A state as plain data; an index of entries (a list of maps) as one object. */
export const plainState = (state: object): object =>
  Object.fromEntries(
    Object.entries(state).map(([name, value]) => {
      if (Array.isArray(value) && value.some((item) => item instanceof Map))
        return [
          name,
          plain(
            new Map(
              value.flatMap((item: unknown) =>
                item instanceof Map ? [...(item as Map<string, unknown>)] : [],
              ),
            ),
          ),
        ];
      return [name, name === 'actions' && Array.isArray(value) && value.length === 0 ? {} : plain(value)];
    }),
  );

/**
 * Collects derived states, and keeps only the hash of each one's canonical JSON. The digest is the
 * SHA-256 over one line `<stream> <hash>` for each, in the order of the streams' names by code
 * unit. So the same log has the same digest on any machine.
 */
export class DerivedStates {
  readonly #hashes = new Map<string, string>();

  constructor(
    private readonly sha256: (text: string) => string,
    private readonly onState: ((state: DerivedState, hash: string) => void) | undefined,
  ) {}

  add(derived: DerivedState): void {
    const hash = this.sha256(canonicalText(derived.state));
    this.#hashes.set(derived.stream, hash);
    this.onState?.(derived, hash);
  }

  get size(): number {
    return this.#hashes.size;
  }

  /** The hash of each state, by stream. */
  get hashes(): ReadonlyMap<string, string> {
    return this.#hashes;
  }

  digest(): string {
    return digestOf(this.#hashes, this.sha256);
  }
}

/** The digest over states, from their hashes by stream. */
export const digestOf = (
  hashes: Iterable<readonly [stream: string, hash: string]>,
  sha256: (text: string) => string,
): string =>
  sha256(
    [...hashes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([stream, hash]) => `${stream} ${hash}\n`)
      .join(''),
  );
