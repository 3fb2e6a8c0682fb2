import { sameJson } from '@interlock/kernel';

/** The author of a leaf's change, if the device reports it (RFC 6470 `netconf-config-change`). */
export type ChangedBy = {
  /** A user of the device; null if the device itself made the change. */
  readonly username: string | null;
  readonly session_id: string | null;
  readonly source_host: string | null;
  readonly at: string;
};

/**
 * A leaf that Interlock changed and that differs on the device now. A null value means that the
 * leaf is absent.
 */
export type DriftLeaf = {
  /** A leaf path, as in `Leaves`. */
  readonly path: string;
  /** The value that the last completed transaction left, or that a person adopted. */
  readonly expected: string | null;
  /** The value that the device answered. */
  readonly actual: string | null;
  /** The binding whose paths the leaf is in. */
  readonly binding: string;
  /** The action whose transaction left the expected value. */
  readonly action_id: string;
  readonly changed_by: ChangedBy | null;
};

/** The drift of a device as it was last found. */
export type DeviceDrift = { readonly found_at: string; readonly leaves: readonly DriftLeaf[] };

/** A leaf that Interlock changed, with its present expected value. */
export type ExpectedLeaf = {
  readonly path: string;
  /** The binding whose paths the leaf is in. */
  readonly binding: string;
  readonly value: string | null;
  readonly action_id: string;
};

/** True if both name the same leaves with the same values, whoever changed them. */
export const sameDrift = (a: readonly DriftLeaf[], b: readonly DriftLeaf[]): boolean => {
  const plain = (leaves: readonly DriftLeaf[]): unknown =>
    leaves.map(({ binding, path, expected, actual }) => [binding, path, expected, actual]);
  return sameJson(plain(a), plain(b));
};

/**
 * A path in a form that two writers of the same path share: without namespaces and prefixes, and
 * with one kind of quotes.
 */
const plainPath = (path: string): string =>
  path.replace(
    /'([^']*)'|"([^"]*)"|\{[^{}]*\}|(?<![\w.-])[A-Za-z_][\w.-]*:|\s+/g,
    (_whole, single?: string, double?: string) =>
      single === undefined && double === undefined ? '' : JSON.stringify(single ?? double),
  );

/** True if the node at `target` is the leaf at `path`, or contains it. */
export const isWithin = (path: string, target: string): boolean => {
  const [leaf, node] = [plainPath(path), plainPath(target)];
  return node !== '' && (leaf === node || leaf.startsWith(`${node}/`) || leaf.startsWith(`${node}[`));
};
