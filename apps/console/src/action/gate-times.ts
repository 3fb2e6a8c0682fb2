import { durationText, numberText } from '../format.js';
import { backNo, pipeline, stepNo } from './words.js';

/** The event that ends each step of the pipeline. All gates are judged in one event. */
const ends: { readonly [type: string]: readonly number[] } = {
  GatesJudged: pipeline.map((_gate, i) => i + 1),
  ApprovalRequested: [stepNo('confirmation')],
  ConfirmationWindowOpened: [stepNo('confirmation')],
  ReservationGranted: [stepNo('reservation')],
  ExecutionStarted: [stepNo('last_look')],
  ExecutionApplied: [stepNo('execution')],
  OutcomeValidated: [stepNo('validation')],
  ActionCompleted: [stepNo('confirm')],
  ActionRolledBack: [backNo],
  ActionRollbackFailed: [backNo],
};

/** Returns the time from one moment to a later one: `+0.071 s`, `+3 min 6 s`. Pure. */
export const offsetText = (from: string, to: string): string => {
  const ms = Date.parse(to) - Date.parse(from);
  return ms < 60_000 ? `+${numberText(ms / 1000, 3)} s` : `+${durationText(ms)}`;
};

/** Returns for each step the time from the receipt to its end, as far as it has ended. Pure. */
export const stepTimes = (
  events: readonly { readonly type: string; readonly at: string }[],
  accepted: string | null,
): { readonly [step: number]: string } =>
  accepted === null
    ? {}
    : Object.fromEntries(
        events.flatMap(({ type, at }) => (ends[type] ?? []).map((step) => [step, offsetText(accepted, at)])),
      );
