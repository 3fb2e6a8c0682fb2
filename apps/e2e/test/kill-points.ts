/**
 * Where the stack is killed: as soon as the log holds this event of the action, or of its
 * transaction on the device.
 */
export type Point = {
  readonly after: string;
  readonly stream: 'action' | 'device_tx';
  readonly site: string;
  /** The nth such event; default the first. */
  readonly nth?: number;
  /** True if the change makes things worse and is rolled back. */
  readonly worse?: boolean;
};

/** The points of every run. */
export const shortPoints: readonly Point[] = [
  { after: 'IntentAccepted', stream: 'action', site: 'k01' },
  { after: 'ApplyAccepted', stream: 'device_tx', site: 'k13' },
  { after: 'TentativeCommitRequested', stream: 'device_tx', site: 'k06' },
  { after: 'UndoRequested', stream: 'action', site: 'k10', worse: true },
];

/** The point of the test about actions that wait for people. */
export const windowPoint = { after: 'ConfirmationWindowOpened', stream: 'action' } as const;

/**
 * The additional points of the long form (`npm run test:chaos`), which cover every step of a change
 * on a device.
 */
export const longPoints: readonly Point[] = [
  { after: 'ReservationGranted', stream: 'action', site: 'k04' },
  { after: 'ChangePrepared', stream: 'device_tx', site: 'k11' },
  { after: 'ExecutionApplied', stream: 'action', site: 'k07' },
  { after: 'GatesJudged', stream: 'action', site: 'k02' },
  { after: 'PlanPrepared', stream: 'action', site: 'k03' },
  { after: 'TurnTaken', stream: 'action', site: 'k12' },
  { after: 'ExecutionStarted', stream: 'action', site: 'k05' },
  { after: 'OutcomeValidated', stream: 'action', site: 'k08' },
  { after: 'ConfirmRequested', stream: 'action', site: 'k09' },
  { after: 'GatesJudged', nth: 2, stream: 'action', site: 'k14' },
  { after: 'ReservationRequested', stream: 'action', site: 'k15' },
  { after: 'TurnRequested', stream: 'action', site: 'k16' },
  { after: 'GatesJudged', nth: 3, stream: 'action', site: 'k17' },
  { after: 'ActionCompleted', stream: 'action', site: 'k18' },
  { after: 'ActionRolledBack', stream: 'action', site: 'k19', worse: true },
  { after: 'ReservationReleased', stream: 'action', site: 'k20' },
  { after: 'TurnAccepted', stream: 'device_tx', site: 'k21' },
  { after: 'TurnTaken', stream: 'device_tx', site: 'k22' },
  { after: 'TentativeCommitApplied', stream: 'device_tx', site: 'k23' },
  { after: 'KpisObserved', stream: 'device_tx', site: 'k24' },
  { after: 'ConfirmRequested', stream: 'device_tx', site: 'k25' },
  { after: 'ChangeConfirmed', stream: 'device_tx', site: 'k26' },
  { after: 'CancelRequested', stream: 'device_tx', site: 'k27', worse: true },
  { after: 'ChangeRolledBack', stream: 'device_tx', site: 'k28', worse: true },
];
