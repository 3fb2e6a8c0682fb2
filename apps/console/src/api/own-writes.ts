/**
 * For this time in milliseconds after a write, reads ask for a read model that includes it. A read
 * model should catch up within it.
 */
const waitsMs = 15_000;
const positionForm = /^\d+(?:\/\d+)?$/;

/**
 * Returns the part of an address that identifies the service and its read models: `/api/v1/policy`
 * for `/api/v1/policy/bundles`.
 */
const areaOf = (address: string): string => /^(?:\/[^/?]+){0,3}/.exec(address)?.[0] ?? '';

/** The commit position, by which positions are ordered. */
export const commitOf = (position: string): bigint => BigInt(position.split('/', 1)[0] ?? '0');

/**
 * The log positions of the changes that this tab made or that the live stream announced, so that
 * later reads include them.
 */
export type OwnWrites = {
  /**
   * Remembers the position in the response to a write. A response without a position is ignored.
   */
  readonly wrote: (address: string, answer: unknown, nowMs: number) => void;
  /** Remembers the position of a change that the live stream announced. */
  readonly noticed: (address: string, position: string, nowMs: number) => void;
  /** Returns the position that a read must include; undefined if there was no recent write. */
  readonly before: (address: string, nowMs: number) => string | undefined;
  /** Forgets the position, because the read model did not reach it in time. */
  readonly gaveUp: (address: string) => void;
};

export const createOwnWrites = (): OwnWrites => {
  const written = new Map<string, { readonly position: string; readonly untilMs: number }>();
  const noticed: OwnWrites['noticed'] = (address, position, nowMs) => {
    if (!positionForm.test(position)) return;
    const area = areaOf(address);
    const before = written.get(area)?.position;
    const latest = before !== undefined && commitOf(before) > commitOf(position) ? before : position;
    written.set(area, { position: latest, untilMs: nowMs + waitsMs });
  };
  return {
    noticed,
    wrote: (address, answer, nowMs) => {
      const position: unknown =
        typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'position') : undefined;
      if (typeof position === 'string') noticed(address, position, nowMs);
    },
    before: (address, nowMs) => {
      const known = written.get(areaOf(address));
      return known === undefined || known.untilMs <= nowMs ? undefined : known.position;
    },
    gaveUp: (address) => written.delete(areaOf(address)),
  };
};
