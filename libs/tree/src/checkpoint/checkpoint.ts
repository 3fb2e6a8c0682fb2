import { fromBase64, toBase64 } from '../base64.js';
import type { Hash } from '../merkle.js';

/** A tree's head (C2SP tlog-checkpoint): which tree, how many leaves, and the root over them. */
export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Hash };

/** The text that is signed: origin, size, root in base64, one a line. Throws a RangeError where the origin is no line. */
export const checkpointText = ({ origin, size, root }: Checkpoint): string => {
  if (origin === '' || /\p{Cc}/u.test(origin)) throw new RangeError('an origin is one line');
  return `${origin}\n${size}\n${toBase64(root)}\n`;
};

/** Reads a checkpoint's text; extension lines are passed over. `undefined` where it is none. */
export const parseCheckpoint = (text: string): Checkpoint | undefined => {
  if (!text.endsWith('\n')) return undefined;
  const [origin = '', size = '', encoded = '', ...extensions] = text.slice(0, -1).split('\n');
  const root = fromBase64(encoded);
  if (
    origin === '' ||
    !/^(?:0|[1-9]\d{0,15})$/.test(size) ||
    !Number.isSafeInteger(Number(size)) ||
    root?.length !== 32 ||
    extensions.includes('')
  )
    return undefined;
  return { origin, size: Number(size), root };
};

/** Origin of a tenant's own tree beside the whole log's. */
export const tenantOrigin = (origin: string, tenant: string): string => `${origin}/${tenant}`;
