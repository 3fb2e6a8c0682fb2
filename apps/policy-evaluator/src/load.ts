import { availableParallelism, loadavg } from 'node:os';

const freshMs = 1000;
let last: { readonly at: number; readonly pct: number } | undefined;

/**
 * Returns the machine's load as `system.load_pct`: the one-minute average per processor, in whole
 * percent. Empty, and therefore unknown, on a system without load averages.
 */
export const systemLoad = (): { readonly load_pct?: number } => {
  if (process.platform === 'win32') return {};
  const now = performance.now();
  if (last === undefined || now - last.at > freshMs)
    last = { at: now, pct: Math.round((loadavg()[0]! / availableParallelism()) * 100) };
  return { load_pct: last.pct };
};
