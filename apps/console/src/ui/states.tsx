import type { ReactElement } from 'react';
import type { ActionState, Gate, Level } from '../api/queries.js';
import { sentence } from '../format.js';
import { Glyph, type GlyphName, type Kind } from './glyphs.js';

type Look = { readonly kind: Kind; readonly glyph: GlyphName; readonly word: string };

/**
 * The only place that gives states their colours. A new state of the API does not compile until it
 * is added here.
 */
export const actionLook = {
  PENDING: { kind: 'unk', glyph: 'clk', word: 'Pending' },
  AWAITING_CONFIRMATION: { kind: 'yellow', glyph: 'clk', word: 'Awaiting confirmation' },
  AWAITING_APPROVAL: { kind: 'yellow', glyph: 'hold', word: 'Awaiting approval' },
  EXECUTING: { kind: 'blue', glyph: 'run', word: 'Executing' },
  VALIDATING: { kind: 'blue', glyph: 'run', word: 'Validating' },
  ROLLING_BACK: { kind: 'vio', glyph: 'back', word: 'Rolling back' },
  COMPLETED: { kind: 'green', glyph: 'ok', word: 'Completed' },
  ROLLED_BACK: { kind: 'vio', glyph: 'back', word: 'Rolled back' },
  ROLLBACK_FAILED: { kind: 'red', glyph: 'oct', word: 'Rollback failed' },
  DENIED: { kind: 'red', glyph: 'oct', word: 'Denied' },
  BLOCKED: { kind: 'red', glyph: 'oct', word: 'Blocked' },
  PROPOSED: { kind: 'unk', glyph: 'pen', word: 'Proposed' },
  REJECTED: { kind: 'red', glyph: 'oct', word: 'Rejected' },
  EXPIRED: { kind: 'unk', glyph: 'minus', word: 'Expired' },
  CANCELLED: { kind: 'unk', glyph: 'minus', word: 'Cancelled' },
} as const satisfies { readonly [S in ActionState]: Look };

export const levelLook = {
  GREEN: { kind: 'green', glyph: 'ok', word: 'GREEN' },
  YELLOW: { kind: 'yellow', glyph: 'tri', word: 'YELLOW' },
  ORANGE: { kind: 'orange', glyph: 'tri', word: 'ORANGE' },
  RED: { kind: 'red', glyph: 'oct', word: 'RED' },
} as const satisfies { readonly [L in Level]: Look };
const unknownLevel: Look = { kind: 'unk', glyph: 'none', word: 'unknown' };
export const lookOfLevel = (level: Level | undefined): Look =>
  level === undefined ? unknownLevel : levelLook[level];

export const verdictLook = {
  pass: { kind: 'green', glyph: 'ok', word: 'Pass' },
  inconclusive: { kind: 'yellow', glyph: 'hold', word: 'Holds' },
  error: { kind: 'red', glyph: 'tri', word: 'Error' },
  fail: { kind: 'red', glyph: 'oct', word: 'Fail' },
} as const satisfies { readonly [V in Gate['verdict']]: Look };

const severities: { readonly [severity: string]: Look } = {
  info: { kind: 'blue', glyph: 'dot', word: 'info' },
  low: { kind: 'blue', glyph: 'dot', word: 'low' },
  medium: { kind: 'yellow', glyph: 'tri', word: 'medium' },
  high: { kind: 'red', glyph: 'tri', word: 'high' },
  critical: { kind: 'red', glyph: 'oct', word: 'critical' },
};
export const lookOfSeverity = (severity: string): Look => severities[severity] ?? unknownLevel;

const statuses: { readonly [status: string]: Look } = {
  open: { kind: 'red', glyph: 'tri', word: 'Open' },
  firing: { kind: 'red', glyph: 'tri', word: 'Firing' },
  acknowledged: { kind: 'yellow', glyph: 'clk', word: 'Acknowledged' },
  resolved: { kind: 'green', glyph: 'ok', word: 'Resolved' },
  active: { kind: 'green', glyph: 'ok', word: 'Active' },
  silenced: { kind: 'unk', glyph: 'minus', word: 'Silenced' },
};
export const lookOfStatus = (status: string): Look =>
  statuses[status] ?? { kind: 'unk', glyph: 'none', word: sentence(status) };

export const Chip = ({ look, plain }: { readonly look: Look; readonly plain?: boolean }): ReactElement => (
  <span className={`chip k-${look.kind}${plain === true ? ' plain' : ''}`}>
    <Glyph name={look.glyph} kind={look.kind} />
    {look.word}
  </span>
);

export const StateChip = ({ state }: { readonly state: ActionState }): ReactElement => (
  <Chip look={actionLook[state]} />
);
