import type { Reason, Violation } from '@interlock/contracts';
import { cutText, printable } from '@interlock/kernel';

/** A slice that a cell serves. */
export type CellSlice = {
  /**
   * The S-NSSAI as `<SST>` or `<SST>-<SD>` (TS 23.003): a number to 255 and six hexadecimal digits,
   * such as `1-0000a1`. `<MCC><MNC>:` before it names the PLMN. See `canonicalSlice`.
   */
  readonly slice_id: string;
  /** The RRM policies of the cell on the device that share its resources to the slice. */
  readonly policies: readonly string[];
  /** The 5QIs of the slice's flows (TS 23.501); absent if nobody has registered them. */
  readonly five_qis?: readonly number[];
};

const sliceId = /^(?:\d{5,6}:)?(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:-[0-9a-f]{6})?$/;

/**
 * Returns the one name of a slice, in small letters. INVARIANT: the SD `ffffff` means that no SD is
 * associated with the SST (TS 23.003, 28.4.2), so `1-ffffff` is slice `1`.
 */
export const canonicalSlice = (id: string): string => id.toLowerCase().replace(/-ffffff$/, '');

/** Returns every fault of a cell's slices, by JSON pointer below `at`. */
export const sliceViolations = (slices: readonly CellSlice[], at: string): readonly Violation[] => {
  const seen = new Set<string>();
  return slices.flatMap(({ slice_id: id, policies, five_qis: fiveQis = [] }, i) => {
    const slice = canonicalSlice(id);
    const isTwin = seen.has(slice);
    seen.add(slice);
    const checks: readonly (readonly [good: boolean, pointer: string, detail: string])[] = [
      [
        sliceId.test(id),
        'slice_id',
        'is an S-NSSAI such as `1` or `1-0000a1`, with or without `<MCC><MNC>:`',
      ],
      [!isTwin, 'slice_id', `\`${id}\` stands twice`],
      [new Set(policies).size === policies.length, 'policies', 'has each policy once'],
      [
        policies.every((one) => /^\P{C}{1,256}$/u.test(one)),
        'policies',
        'has 1 to 256 printable characters each',
      ],
      [new Set(fiveQis).size === fiveQis.length, 'five_qis', 'has each 5QI once'],
      [
        fiveQis.every((one) => Number.isInteger(one) && one >= 1 && one <= 254),
        'five_qis',
        'has whole numbers from 1 to 254',
      ],
    ];
    return checks.flatMap(([good, pointer, detail]) =>
      good ? [] : [{ pointer: `${at}/${i}/${pointer}`, detail }],
    );
  });
};

/**
 * Returns true if a device's entry names the slices of any of its cells. An empty list counts,
 * because it says that the cell serves none.
 */
export const hasSlices = ({
  cells,
}: {
  readonly cells: readonly { readonly slices?: readonly CellSlice[] }[];
}): boolean => cells.some(({ slices }) => slices !== undefined);

/** The 5QIs of voice, IMS signalling, and mission-critical and emergency services (TS 23.501). */
const protectedFiveQis: readonly number[] = [1, 5, 65, 66, 67, 68, 69, 70];
const isProtected = (fiveQi: number): boolean => protectedFiveQis.includes(fiveQi);

/**
 * Returns a cell's policies whose slices have no protected 5QI in their registration. `known`: all
 * their 5QIs are registered. `unknown`: some are not, so the device and its binding decide.
 */
export const openPolicies = ({
  slices = [],
}: {
  readonly slices?: readonly CellSlice[];
}): ReadonlyMap<string, 'known' | 'unknown'> => {
  const open = new Map<string, 'known' | 'unknown'>();
  for (const policy of new Set(slices.flatMap(({ policies }) => policies))) {
    const own = slices.filter(({ policies }) => policies.includes(policy)).map(({ five_qis }) => five_qis);
    if (own.some((fiveQis) => fiveQis?.some(isProtected) === true)) continue;
    open.set(policy, own.includes(undefined) ? 'unknown' : 'known');
  }
  return open;
};

/** What the device and its binding say of the slices of a policy. */
export type PolicyContent = {
  /** The S-NSSAIs on the device; empty if the binding places none, or the device has none. */
  readonly s_nssais: readonly string[];
  /**
   * The 5QIs on the device; null if its text is no list of 5QIs. Undefined if the binding places
   * none, or the device has none.
   */
  readonly five_qis: readonly number[] | null | undefined;
  /** The binding states that policies of its class carry no 5QI. */
  readonly carries_no_five_qi: boolean;
};

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** Returns the first of the names that a device has given, each of which may be any text. */
const named = (names: readonly string[]): string =>
  `${quoted(names.slice(0, 3).map((name) => cutText(printable(name), 64)))}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;

const reasonIf = (holds: boolean, code: string, detail: string): readonly Reason[] =>
  holds ? [{ code, detail }] : [];

/**
 * Returns why a policy's shares cannot be changed because of its slices: they are unknown, the
 * device names others, or they carry 5QIs that are unknown or protected. `slices` is null if the
 * device's entry names no slices at all. The action then waits for a person anyway, so only
 * protected 5QIs that the device itself names refuse it.
 */
export const sliceGuards = (
  cellId: string,
  policy: string,
  slices: readonly CellSlice[] | null,
  { s_nssais: onDevice, five_qis: fiveQisOnDevice, carries_no_five_qi: carriesNone }: PolicyContent,
): readonly Reason[] => {
  const known = [...(fiveQisOnDevice ?? []), ...(slices ?? []).flatMap(({ five_qis = [] }) => five_qis)];
  const closed = protectedFiveQis.filter((one) => known.includes(one));
  const ids = (slices ?? []).map(({ slice_id }) => slice_id);
  const protects = reasonIf(
    closed.length > 0,
    'five-qi-protected',
    `${ids.length === 0 ? `policy \`${policy}\`` : quoted(ids)} carries the 5QIs ${closed.join(', ')} of voice or emergency services, whose shares are never changed`,
  );
  if (slices === null) return protects;
  if (slices.length === 0)
    return [
      ...reasonIf(
        true,
        'slice-unknown',
        `no slice is registered for policy \`${policy}\` of cell \`${cellId}\`${onDevice.length === 0 ? '' : `, which the device has for ${named(onDevice)}`}`,
      ),
      ...protects,
    ];
  const registered = ids.map(canonicalSlice);
  const others = onDevice.filter((one) => !registered.includes(canonicalSlice(one)));
  const unknown = slices.filter(({ five_qis }) => five_qis === undefined);
  return [
    ...reasonIf(
      others.length > 0,
      'slice-differs',
      `the device has policy \`${policy}\` for ${named(others)}, and ${quoted(ids)} is registered`,
    ),
    ...protects,
    ...reasonIf(
      fiveQisOnDevice === null,
      'five-qis-unknown',
      `the device's 5QIs of policy \`${policy}\` are not numbers from 1 to 254`,
    ),
    ...reasonIf(
      closed.length === 0 && unknown.length > 0 && fiveQisOnDevice === undefined && !carriesNone,
      'five-qis-unknown',
      `no 5QIs are registered for ${quoted(unknown.map(({ slice_id }) => slice_id))}, which may carry voice or emergency calls`,
    ),
  ];
};
