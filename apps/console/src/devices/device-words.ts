import { earnedLevels, levelNumber } from '@interlock/contracts';
import type { Schema } from '@interlock/api-types';
import { textOf } from '../ui/forms/filter-values.js';
import type { GlyphName, Kind } from '../ui/kinds.js';

export type DeviceEntry = Schema<'DeviceEntryDto'>;
type Look = { readonly kind: Kind; readonly glyph: GlyphName; readonly word: string };

export const driftLook = {
  in_sync: { kind: 'green', glyph: 'ok', word: 'In sync' },
  drifted: { kind: 'red', glyph: 'oct', word: 'Drifted' },
  not_checked: { kind: 'unk', glyph: 'none', word: 'Not checked' },
} as const satisfies { readonly [S in DeviceEntry['drift']['state']]: Look };

export const qualificationLook = {
  missing: { kind: 'unk', glyph: 'none', word: 'Not qualified' },
  running: { kind: 'blue', glyph: 'run', word: 'Running' },
  current: { kind: 'green', glyph: 'ok', word: 'Valid' },
  stale: { kind: 'red', glyph: 'oct', word: 'Needs requalification' },
} as const satisfies { readonly [S in DeviceEntry['qualification']['state']]: Look };

/** The look of the sync state; a quarantine comes before it. */
export const syncLook = ({ quarantined, drift }: Pick<DeviceEntry, 'quarantined' | 'drift'>): Look => {
  if (quarantined !== null) return { kind: 'red', glyph: 'oct', word: 'Quarantined' };
  const { length } = drift.leaves;
  return drift.state === 'drifted' && length > 0
    ? { ...driftLook.drifted, word: `Drift, ${length} ${length === 1 ? 'leaf' : 'leaves'}` }
    : driftLook[drift.state];
};

/** Returns the number of a level from 0 to 3; a dash for an unknown level. */
export const levelText = (level: string): string => {
  const known = earnedLevels.find((one) => one === level);
  return known === undefined ? '–' : String(levelNumber(known));
};

export type DeviceView = 'all' | 'look' | 'changing';
/** The address of the inventory: which devices are shown, and a text that they contain. */
export type DevicesSearch = {
  readonly view?: Exclude<DeviceView, 'all'> | undefined;
  readonly find?: string | undefined;
};
/** Reads the address of the inventory. Pure. */
export const devicesSearchIn = (search: { readonly [name: string]: unknown }): DevicesSearch => ({
  view: search['view'] === 'look' || search['view'] === 'changing' ? search['view'] : undefined,
  find: textOf(search['find']),
});

/** Returns whether a person should look at the device. Pure. */
export const needsLook = ({
  quarantined,
  drift,
  qualification,
}: Pick<DeviceEntry, 'quarantined' | 'drift' | 'qualification'>): boolean =>
  quarantined !== null || drift.state !== 'in_sync' || qualification.state === 'stale';

/** Counts what is wrong: `1 quarantined`, `2 drifted`, `1 to qualify`. Pure. */
export const faultsOf = (
  devices: readonly Pick<DeviceEntry, 'quarantined' | 'drift' | 'qualification'>[],
): readonly (readonly [Look, number])[] =>
  (
    [
      [
        { kind: 'red', glyph: 'oct', word: 'quarantined' },
        devices.filter(({ quarantined }) => quarantined !== null),
      ],
      [
        { kind: 'red', glyph: 'tri', word: 'drifted' },
        devices.filter(({ drift }) => drift.state === 'drifted'),
      ],
      [
        { kind: 'unk', glyph: 'none', word: 'not checked' },
        devices.filter(({ drift }) => drift.state === 'not_checked'),
      ],
      [
        { kind: 'yellow', glyph: 'tri', word: 'to qualify again' },
        devices.filter(({ qualification }) => qualification.state === 'stale'),
      ],
    ] as const
  ).flatMap(([look, found]) => (found.length === 0 ? [] : [[look, found.length] as const]));

/** Returns whether the name, site, profile, address or a cell contains the text. Pure. */
export const matchesText = (device: DeviceEntry, text: string): boolean =>
  [
    device.device_id,
    device.site_id,
    device.profile,
    device.host,
    ...device.cells.map(({ cell_id: cell }) => cell),
  ].some((value) => value.toLowerCase().includes(text.trim().toLowerCase()));
