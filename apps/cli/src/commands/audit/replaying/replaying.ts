import { hash as hashOf } from 'node:crypto';
import type { RecordedEvent } from '@interlock/kernel';
import { Replay, type DerivedState, type ReplayReport } from '@interlock/replay';
import type { LogSource } from '@interlock/verify';
import { Progress } from '../../../output/progress.js';
import type { Session } from '../../../connection/session.js';
import { eachEventOfFile, eachEventOfLog, isByCorrelation } from '../lines.js';
import { LiveComparison, type ReadModelReport } from '../live.js';

const sha256 = (text: string): string => hashOf('sha256', text);

/** Passes each event to a replay, and shows the number of events. */
const feeding = <T>(
  replay: Replay,
  read: (take: (event: RecordedEvent) => ReturnType<Replay['take']>) => Promise<T>,
): Promise<T> => {
  const progress = new Progress('replaying', 'events');
  return read((event) => {
    progress.add();
    return replay.take(event);
  }).finally(() => {
    progress.end();
  });
};

/**
 * Replays an exported file. The report's `difference` names the first decision with another result.
 * `byCorrelation`: it is an export by correlation, whatever its seal says.
 */
export const replayFile = async (
  file: string | LogSource,
  { whole = false, byCorrelation = false }: { readonly whole?: boolean; readonly byCorrelation?: boolean },
  onState?: (derived: DerivedState, hash: string) => void,
): Promise<ReplayReport> => {
  const replay = new Replay({
    sha256,
    whole,
    byCorrelation: byCorrelation || (!whole && (await isByCorrelation(file))),
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
