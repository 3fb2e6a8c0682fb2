import type { Reason, Violation } from '@interlock/contracts';

/** A slice that a cell serves. */
export type CellSlice = {
  /**
   * The S-NSSAI as `<SST>` or `<SST>-<SD>` (TS 23.003): a number to 255 and six hexadecimal digits,
   * such as `1-0000a1`. `<MCC><MNC>:` before it names the PLMN.
   */
  readonly slice_id: string;
  /** The RRM policies of the cell on the device that share its resources to the slice. */
  readonly policies: readonly string[];
  /** The 5QIs of the slice's flows (TS 23.501); absent if nobody has registered them. */
  readonly five_qis?: readonly number[];
};

const sliceId = /^(?:\d{5,6}:)?(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:-[0-9a-f]{6})?$/;

/** Returns every fault of a cell's slices, by JSON pointer below `at`. */
export const sliceViolations = (slices: readonly CellSlice[], at: string): readonly Violation[] => {
  const seen = new Set<string>();
  return slices.flatMap(({ slice_id: id, policies, five_qis: fiveQis = [] }, i) => {
    const isTwin = seen.has(id);
    seen.add(id);
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

/** Returns the slices that one of a cell's RRM policies serves, as far as they are registered. */
export const slicesOfPolicy = (
  cell: { readonly slices: readonly CellSlice[] | null } | undefined,
  policy: string,
): readonly CellSlice[] => (cell?.slices ?? []).filter(({ policies }) => policies.includes(policy));

/** The 5QIs of voice, IMS signalling, and mission-critical and emergency services (TS 23.501). */
const protectedFiveQis: readonly number[] = [1, 5, 65, 66, 67, 68, 69, 70];

/**
 * Returns a cell's policies whose shares the guards below allow to change: all their slices have
 * known 5QIs, and none is protected.
 */
export const openPolicies = ({
  slices = [],
}: {
  readonly slices?: readonly CellSlice[];
}): readonly string[] => {
  const isOpen = ({ five_qis: fiveQis }: CellSlice): boolean =>
    fiveQis?.every((one) => !protectedFiveQis.includes(one)) === true;
  return [...new Set(slices.flatMap(({ policies }) => policies))].filter((policy) =>
    slices.every((slice) => !slice.policies.includes(policy) || isOpen(slice)),
  );
};

/** What the device and its binding say of the slices of a policy. */
export type PolicyContent = {
  /** The S-NSSAIs on the device; undefined if the binding places none. */
  readonly s_nssais: readonly string[] | undefined;
  /** The 5QIs on the device; undefined if the binding places none, or the device has none. */
  readonly five_qis: readonly number[] | undefined;
  /** The binding states that policies of its class carry no 5QI. */
  readonly carries_no_five_qi: boolean;
};

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/**
 * Returns why a policy's shares cannot be changed because of its slices: they are unknown, the
 * device names others, or they carry 5QIs that are unknown or protected.
 */
export const sliceGuards = (
  cellId: string,
  policy: string,
  slices: readonly CellSlice[],
  content: PolicyContent,
): readonly Reason[] => {
  const onDevice = content.s_nssais ?? [];
  if (slices.length === 0)
    return [
      {
        code: 'slice-unknown',
        detail: `no slice is registered for policy \`${policy}\` of cell \`${cellId}\`${onDevice.length === 0 ? '' : `, which the device has for ${quoted(onDevice)}`}`,
      },
    ];
  const ids = slices.map(({ slice_id }) => slice_id);
  const others = onDevice.filter((one) => !ids.includes(one.toLowerCase()));
  const known = [...(content.five_qis ?? []), ...slices.flatMap(({ five_qis = [] }) => five_qis)];
  const unknown = slices.filter(({ five_qis }) => five_qis === undefined);
  const closed = protectedFiveQis.filter((one) => known.includes(one));
  return [
    ...(others.length === 0
      ? []
      : [
          {
            code: 'slice-differs',
            detail: `the device has policy \`${policy}\` for ${quoted(others)}, and ${quoted(ids)} is registered`,
          },
        ]),
    ...(closed.length === 0
      ? []
      : [
          {
            code: 'five-qi-protected',
            detail: `${quoted(ids)} carries the 5QIs ${closed.join(', ')} of voice or emergency services, whose shares are never changed`,
          },
        ]),
    ...(closed.length > 0 ||
    unknown.length === 0 ||
    content.five_qis !== undefined ||
    content.carries_no_five_qi
      ? []
      : [
          {
            code: 'five-qis-unknown',
            detail: `no 5QIs are registered for ${quoted(unknown.map(({ slice_id }) => slice_id))}, which may carry voice or emergency calls`,
          },
        ]),
  ];
};
