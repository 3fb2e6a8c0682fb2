import type { Schema } from '@interlock/api-types';
import { durationText } from '../output/times.js';
import type { ReportSection } from '@interlock/notify';

/** A share from 0 to 1 in percent. */
export const share = (value: number | null): string =>
  value === null ? 'none' : `${(value * 100).toFixed(1)} %`;
/** A duration in milliseconds. */
export const span = (ms: number | null): string => (ms === null ? 'none' : durationText(ms));
export const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

type Counts = Schema<'OutcomeHourDto'>['counts'];
/** Returns the states in which actions ended, in alphabetical order. */
export const endStatesOf = (hours: readonly Schema<'OutcomeHourDto'>[]): readonly (keyof Counts)[] =>
  [...new Set(hours.flatMap(({ counts }) => Object.keys(counts) as (keyof Counts)[]))].sort();

/** The signed checkpoint that a report's figures can be checked against. */
export const signedState = ({ items }: Schema<'CheckpointPage'>): ReportSection => ({
  heading: 'Where the figures come from',
  text: 'The figures are read from the running system, which derives them from its event log. `interlock audit verify` checks the log against this signed checkpoint.',
  none: 'The log has no signed checkpoint yet.',
  table: {
    head: ['events signed', 'root hash', 'signed at', 'witnesses'],
    rows: items
      .slice(0, 1)
      .map(({ size, root_hash: root, published_at: at, witnesses }) => [
        `${size}`,
        root,
        at,
        witnesses.length === 0 ? 'none' : witnesses.join(', '),
      ]),
  },
});
