import { parseSealLine } from '@interlock/tree';
import type { KnownCheckpoint } from './checkpoints.js';

/**
 * A checkpoint that the verifier keeps: a signed note, or a sealed export, whose seal also has the
 * tenant's path. An export without events is the smallest that a tenant can keep.
 */
export const knownCheckpoint = (name: string, text: string): KnownCheckpoint => {
  const line = text.slice(text.lastIndexOf('\n', text.length - 2) + 1).trimEnd();
  const part = parseSealLine(line);
  return part !== undefined && 'seal' in part
    ? {
        name,
        note: part.seal.checkpoint,
        ...(part.seal.tenant === null ? {} : { tenant: part.seal.tenant }),
      }
    : { name, note: text };
};
