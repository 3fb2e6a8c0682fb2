import type { RecordedEvent } from '@interlock/kernel';
import { Replay, type DerivedState, type ReplayReport } from '@interlock/replay';
import type { LogSource } from '@interlock/verify';
import { Progress } from '../../../output/progress.js';
import type { Session } from '../../../connection/session.js';
import { eachEventOfFile, eachEventOfLog, isByCorrelation } from '../lines.js';
import { LiveComparison, type ReadModelReport } from '../live.js';
import { sha256Text as sha256 } from '../verification/sha256.js';
import { isWorthThreads, replayInThreads } from './parallel.js';

/** Runs a replay that counts its events, and shows their number. */
const shown = <T>(read: (count: () => void) => Promise<T>): Promise<T> => {
  const progress = new Progress('replaying', 'events');
  return read(() => progress.add()).finally(() => progress.end());
};

/** Passes each event to a replay, and shows the number of events. */
const feeding = <T>(
  replay: Replay,
  read: (take: (event: RecordedEvent) => ReturnType<Replay['take']>) => Promise<T>,
): Promise<T> =>
  shown((count) =>
    read((event) => {
      count();
      return replay.take(event);
    }),
  );

/**
 * Replays an exported file, a large one in two threads. The report's `difference` names the first
 * decision with another result. `byCorrelation`: it is an export by correlation, whatever its seal
 * says.
 */
export const replayFile = async (
  file: string | LogSource,
  { whole = false, byCorrelation = false }: { readonly whole?: boolean; readonly byCorrelation?: boolean },
  onState?: (derived: DerivedState, hash: string) => void,
): Promise<ReplayReport> => {
  const isOfOneCorrelation = byCorrelation || (!whole && (await isByCorrelation(file)));
  const inThreads =
    onState === undefined && !isOfOneCorrelation && typeof file === 'string' && isWorthThreads(file)
      ? await shown((count) => replayInThreads(file, whole, count))
      : null;
  if (inThreads !== null) return inThreads;
  const replay = new Replay({
    sha256,
    whole,
    byCorrelation: isOfOneCorrelation,
    ...(onState === undefined ? {} : { onState }),
  });
  await feeding(replay, (take) => eachEventOfFile(file, take));
  return replay.end();
};

/**
 * Replays the running system's log, and compares the answers of its read models with the result.
 */
export const replayLive = async (
  session: Session,
  onState: ((derived: DerivedState, hash: string) => void) | undefined,
): Promise<ReplayReport & { readonly read_models: ReadModelReport | null }> => {
  const live = new LiveComparison(session);
  const replay = new Replay({
    sha256,
    whole: true,
    onState: (derived, hash) => {
      live.expect(derived);
      onState?.(derived, hash);
    },
  });
  const position = await feeding(replay, (take) => eachEventOfLog(session, '/api/v1/audit/events', take));
  const report = replay.end();
  return { ...report, read_models: report.difference === null ? await live.compare(position) : null };
};
