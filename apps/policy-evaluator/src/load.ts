import { availableParallelism, loadavg } from 'node:os';

const freshMs = 1000;
let last: { readonly at: number; readonly pct: number } | undefined;

/**
 * The load of this machine as `system.load_pct`: its one-minute average over its processors, in
 * whole per cent; left out, and so unknown, where the system has none.
 */
export const systemLoad = (): { readonly load_pct?: number } => {
  if (process.platform === 'win32') return {};
  const now = performance.now();
  if (last === undefined || now - last.at > freshMs)
    last = { at: now, pct: Math.round((loadavg()[0]! / availableParallelism()) * 100) };
  return { load_pct: last.pct };
};
