import { fromBase64, toBase64 } from '../base64.js';
import type { Hash } from '../tree/merkle.js';

/**
 * The tree over the heads of all tenants: how many tenants have leaves, and the root over their
 * heads.
 */
export type TenantsHead = { readonly size: number; readonly root: Hash };
/**
 * The log's head (C2SP tlog-checkpoint): the log, the number of leaves, the root over them, and an
 * extension line for all tenants.
 */
export type Checkpoint = {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  readonly tenants: TenantsHead;
};

/**
 * The text that is signed: origin, size, root in base64, and `tenants <size> <root>`, one per line.
 * Throws a RangeError if the origin is not a single line.
 */
export const checkpointText = ({ origin, size, root, tenants }: Checkpoint): string => {
  if (origin === '' || /\p{Cc}/u.test(origin)) throw new RangeError('an origin is one line');
  return `${origin}\n${size}\n${toBase64(root)}\ntenants ${tenants.size} ${toBase64(tenants.root)}\n`;
};

const sizeOf = (text: string): number =>
  /^(?:0|[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : NaN;

/**
 * Reads a checkpoint's text; ignores further extension lines. `undefined` if it is not a checkpoint
 * or has no line about the tenants.
 */
export const parseCheckpoint = (text: string): Checkpoint | undefined => {
  if (!text.endsWith('\n')) return undefined;
  const [origin = '', size = '', encoded = '', extension = '', ...others] = text.slice(0, -1).split('\n');
  const [name, count = '', encodedTenants = '', ...rest] = extension.split(' ');
  const root = fromBase64(encoded);
  const tenantsRoot = fromBase64(encodedTenants);
  const [leaves, tenants] = [sizeOf(size), sizeOf(count)];
  if (
    origin === '' ||
    Number.isNaN(leaves) ||
    root?.length !== 32 ||
    name !== 'tenants' ||
    Number.isNaN(tenants) ||
    tenants > leaves ||
    tenantsRoot?.length !== 32 ||
    rest.length > 0 ||
    others.some((line) => line === '' || line.startsWith('tenants '))
  )
    return undefined;
  return { origin, size: leaves, root, tenants: { size: tenants, root: tenantsRoot } };
};
