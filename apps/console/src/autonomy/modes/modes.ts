import type { GlyphName, Kind } from '../../ui/kinds.js';
import type { EarnedCell, Mode, ModeEntry } from '../queries.js';

export const modeLook = {
  PROPOSE_ONLY: { kind: 'blue', glyph: 'pen', word: 'Propose only' },
  APPROVAL_REQUIRED: { kind: 'yellow', glyph: 'hold', word: 'Approval required' },
  AUTO_EXECUTE: { kind: 'green', glyph: 'ok', word: 'Auto execute' },
  DISABLED: { kind: 'unk', glyph: 'minus', word: 'Disabled' },
} as const satisfies {
  readonly [M in Mode]: { readonly kind: Kind; readonly glyph: GlyphName; readonly word: string };
};
export const modes: readonly Mode[] = ['DISABLED', 'PROPOSE_ONLY', 'APPROVAL_REQUIRED', 'AUTO_EXECUTE'];

/**
 * A place of the matrix. An undefined account means every account of the tenant; an undefined type
 * means every type without a mode of its own.
 */
export type Place = { readonly account: string | undefined; readonly type: string | undefined };

export const levelNames = {
  1: 'account + type',
  2: 'tenant + type',
  3: 'account default',
  4: 'tenant default',
  5: 'global default',
} as const;
type Level = keyof typeof levelNames;

/**
 * A cell of the matrix: its mode, the level that the mode comes from, and whether it is set in this
 * cell.
 */
export type Cell = { readonly mode: Mode; readonly level: Level; readonly own: boolean } | undefined;

/**
 * Returns the mode of a place of the matrix, set there or at the next more general place. An
 * undefined account or type means the tenant or its default. Returns undefined if no setting of the
 * tenant applies; then approval is required. Pure.
 */
export const cellOf = (
  entries: readonly Pick<ModeEntry, 'account_id' | 'action_type' | 'mode'>[],
  account: string | undefined,
  type: string | undefined,
): Cell => {
  const at = (a: string | undefined, t: string | undefined): Mode | undefined =>
    entries.find(({ account_id: account, action_type: type }) => account === a && type === t)?.mode;
  const places: readonly (readonly [Level, string | undefined, string | undefined])[] = [
    [1, account, type],
    [2, undefined, type],
    [3, account, undefined],
    [4, undefined, undefined],
  ];
  const own = account === undefined ? (type === undefined ? 4 : 2) : type === undefined ? 3 : 1;
  for (const [level, a, t] of places) {
    // Skip levels that are more specific than the place: the row of a type for the tenant has no
    // account.
    if ((level === 1 || level === 3) && account === undefined) continue;
    if ((level === 1 || level === 2) && type === undefined) continue;
    const mode = at(a, t);
    if (mode !== undefined) return { mode, level, own: level === own };
  }
  return undefined;
};

/** Returns whether a name is valid as an account id of the API. */
export const isAccount = (name: string): boolean => /^[a-z0-9][a-z0-9_.-]{0,62}$/.test(name);

/** How freely actions run under each mode. A place without a mode requires approval. */
const freedom = { DISABLED: 0, PROPOSE_ONLY: 1, APPROVAL_REQUIRED: 2, AUTO_EXECUTE: 3 } as const;

/** Returns whether more actions run, or run with fewer people, after the change. */
export const loosensMode = (before: Mode | undefined, after: Mode): boolean =>
  freedom[after] > freedom[before ?? 'APPROVAL_REQUIRED'];

/**
 * Returns the records of the accounts and types that take their mode from this place of the matrix.
 * `entries` are the modes before the change.
 */
export const recordsUnder = <C extends Pick<EarnedCell, 'account_id' | 'action_type'>>(
  entries: Parameters<typeof cellOf>[0],
  { account, type }: Place,
  records: readonly C[],
): readonly C[] => {
  const place = {
    mode: 'AUTO_EXECUTE' as const,
    ...(account === undefined ? {} : { account_id: account }),
    ...(type === undefined ? {} : { action_type: type }),
  };
  const own = account === undefined ? (type === undefined ? 4 : 2) : type === undefined ? 3 : 1;
  const others = entries.filter(({ account_id: a, action_type: t }) => a !== account || t !== type);
  return records.filter(
    (cell) =>
      (account === undefined || cell.account_id === account) &&
      (type === undefined || cell.action_type === type) &&
      cellOf([...others, place], cell.account_id, cell.action_type)?.level === own,
  );
};
