import type { BrowserContext } from 'playwright-core';

type TraceEvent = {
  readonly ph?: string;
  readonly name?: string;
  readonly pid?: number;
  readonly tid?: number;
  /**
   * Of the thread's own clock, in microseconds: it stands still while something else has the
   * processor.
   */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
};
export type Traced = { readonly longestMs: number; readonly tasks: number };

/** What the longest task of any page cost in time of the processor, in milliseconds. Pure. */
const longestTask = (events: readonly TraceEvent[]): Traced => {
  const placeOf = ({ pid, tid }: TraceEvent): string => `${pid ?? ''}/${tid ?? ''}`;
  const pages = new Set(
    events
      .filter(({ ph, name, args }) => ph === 'M' && name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(placeOf),
  );
  const costs = events
    .filter((event) => event.ph === 'X' && event.name === 'RunTask' && pages.has(placeOf(event)))
    .map(({ tdur }) => (tdur ?? 0) / 1000);
  return { longestMs: Math.max(0, ...costs), tasks: costs.length };
};

/** Records each task of the browser's pages until it is ended. One at a time. */
export const startTrace = async (
  context: BrowserContext,
): Promise<{ readonly end: () => Promise<Traced> }> => {
  const browser = context.browser();
  if (browser === null) throw new Error('the context has no browser that could be traced');
  await browser.startTracing(undefined, {
    categories: ['__metadata', 'disabled-by-default-devtools.timeline', 'devtools.timeline', 'toplevel'],
  });
  return {
    end: async () => {
      const { traceEvents } = JSON.parse((await browser.stopTracing()).toString('utf8')) as {
        readonly traceEvents: readonly TraceEvent[];
      };
      return longestTask(traceEvents);
    },
  };
};
