export const verdicts = ['pass', 'inconclusive', 'error', 'fail'] as const;
/** A gate's answer, from best to worst. Only `pass` proceeds; `inconclusive` waits for a person. */
export type Verdict = (typeof verdicts)[number];

/** Returns the worse of two verdicts. */
export const worst = (a: Verdict, b: Verdict): Verdict =>
  verdicts.indexOf(a) >= verdicts.indexOf(b) ? a : b;

/** Returns the worst of several verdicts; `pass` if there are none. */
export const worstOf = (all: readonly Verdict[]): Verdict => all.reduce(worst, 'pass');

/** The answer of a message handler. */
export type Handled =
  | { readonly kind: 'done' }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'retry'; readonly afterMs: number; readonly reason: string }
  | { readonly kind: 'stop'; readonly reason: string };
export const done: Handled = { kind: 'done' };
export const skip = (reason: string): Handled => ({ kind: 'skip', reason });
export const retry = (afterMs: number, reason: string): Handled => ({ kind: 'retry', afterMs, reason });
export const stop = (reason: string): Handled => ({ kind: 'stop', reason });
