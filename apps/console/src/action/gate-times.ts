import { durationText, numberText } from '../format.js';

/** The event that ends each step of the pipeline. All gates are judged in one event. */
const ends: { readonly [type: string]: readonly number[] } = {
  GatesJudged: [1, 2, 3, 4, 5, 6, 7, 8, 9],
  ApprovalRequested: [10],
  ConfirmationWindowOpened: [10],
  ReservationGranted: [11],
  ExecutionStarted: [12],
  ExecutionApplied: [13],
  OutcomeValidated: [14],
  ActionCompleted: [15],
  ActionRolledBack: [16],
  ActionRollbackFailed: [16],
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
