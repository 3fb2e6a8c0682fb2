/**
 * Service answers ask to wait for what this tab has just written, for as long as a read model may
 * reasonably be behind.
 */
const waitsMs = 15_000;
const positionForm = /^\d+(?:\/\d+)?$/;

/**
 * The part of an address that says which service's read models answer: `/api/v1/policy` of
 * `/api/v1/policy/bundles`.
 */
const areaOf = (address: string): string => /^(?:\/[^/?]+){0,3}/.exec(address)?.[0] ?? '';

/** Where in the log this tab's own changes stand, so that what is read after one shows it. */
export type OwnWrites = {
  /** Remembers what a change was answered with; an answer without a position says nothing. */
  readonly wrote: (address: string, answer: unknown, nowMs: number) => void;
  /** The position that a read has to show; undefined where nothing was written there lately. */
  readonly before: (address: string, nowMs: number) => string | undefined;
  /** No longer waited for: the read model did not come so far in time. */
  readonly gaveUp: (address: string) => void;
};

export const createOwnWrites = (): OwnWrites => {
  const written = new Map<string, { readonly position: string; readonly untilMs: number }>();
  return {
    wrote: (address, answer, nowMs) => {
      const position: unknown =
        typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'position') : undefined;
      if (typeof position === 'string' && positionForm.test(position))
        written.set(areaOf(address), { position, untilMs: nowMs + waitsMs });
    },
    before: (address, nowMs) => {
      const known = written.get(areaOf(address));
      return known === undefined || known.untilMs <= nowMs ? undefined : known.position;
    },
    gaveUp: (address) => {
      written.delete(areaOf(address));
    },
  };
};
