import type { Schema } from '@interlock/api-types';
import { durationText } from '../format.js';
import type { GlyphName, Kind } from '../ui/kinds.js';

export type Story = Schema<'TransactionStoryDto'>;
type Step = Story['steps'][number];
export type StepWords = {
  readonly no: number;
  readonly kind: Kind;
  readonly glyph: GlyphName;
  readonly title: string;
  readonly text: string;
};

const words: { readonly [type: string]: Omit<StepWords, 'text'> } = {
  TurnAccepted: { no: 0, kind: 'unk', glyph: 'clk', title: 'In the device’s queue' },
  ChangePrepared: { no: 1, kind: 'green', glyph: 'ok', title: 'Read, journal' },
  TurnTaken: { no: 2, kind: 'green', glyph: 'ok', title: 'Lock running, then candidate' },
  TurnLapsed: { no: 2, kind: 'unk', glyph: 'minus', title: 'Turn given back' },
  ApplyAccepted: { no: 3, kind: 'green', glyph: 'ok', title: 'Accepted to be applied' },
  ApplyRefused: { no: 3, kind: 'red', glyph: 'oct', title: 'Refused: nothing was sent' },
  TentativeCommitRequested: {
    no: 4,
    kind: 'green',
    glyph: 'ok',
    title: 'Edit and compare candidate with running',
  },
  TentativeCommitApplied: {
    no: 5,
    kind: 'green',
    glyph: 'ok',
    title: 'Commit confirmed, running unlocked at once',
  },
  KpisObserved: { no: 7, kind: 'green', glyph: 'ok', title: 'Observe' },
  ConfirmRequested: { no: 8, kind: 'green', glyph: 'ok', title: 'Decide: keep it' },
  CancelRequested: { no: 8, kind: 'vio', glyph: 'back', title: 'Decide: take back' },
  InverseEditRequested: { no: 8, kind: 'vio', glyph: 'back', title: 'Decide: edit it back' },
  ChangeConfirmed: { no: 9, kind: 'green', glyph: 'ok', title: 'Confirmed, read back' },
  ChangeRolledBack: { no: 9, kind: 'vio', glyph: 'back', title: 'Taken back, read back' },
  ApplyFailed: { no: 5, kind: 'red', glyph: 'oct', title: 'Failed' },
  RollbackFailed: { no: 9, kind: 'red', glyph: 'oct', title: 'Taking back failed' },
};

const said = ({ type, reasons, exchanges, how, timer_ends_at: timer, at }: Step): string => {
  const parts = [
    reasons.map(({ detail }) => detail).join('; '),
    type === 'ChangePrepared' ? 'edit and inverse are in the log before anything is touched' : '',
    timer === null
      ? ''
      : `the device takes it back by itself ${durationText(Date.parse(timer) - Date.parse(at))} later`,
    how === null ? '' : how.replaceAll('-', ' '),
    exchanges.length === 0
      ? ''
      : `${exchanges.length} RPC${exchanges.length === 1 ? '' : 's'}, ${
          exchanges.every(({ outcome }) => outcome === 'ok')
            ? 'all ok'
            : `not ok: ${exchanges
                .filter(({ outcome }) => outcome !== 'ok')
                .map(({ operation, outcome }) => `${operation} ${outcome}`)
                .join(', ')}`
        }`,
  ];
  return parts.filter((part) => part !== '').join('; ');
};

/** Describes a step of a change. An observation with a reason against the change is red. Pure. */
export const stepWords = (step: Step): StepWords => {
  const known = words[step.type] ?? { no: 0, kind: 'unk', glyph: 'dot', title: step.type };
  return { ...known, text: said(step) };
};
