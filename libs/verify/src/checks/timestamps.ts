import { timestampsIn } from '@interlock/tree';
import { notesOf, type ComparedCheckpoint } from './checkpoints.js';
import type { ReadFile } from '../file/file.js';
import { endOf } from '../file/files.js';
import type { Faults, Verification } from '../report.js';
import type { Structure } from './structure.js';

/**
 * Verifies a time-stamp token (RFC 3161) over a note's text, offline. It gives the time and the
 * signer, or the token's fault; `untrusted`: the token is sound, and from another authority.
 */
export type CheckTimestamp = (
  text: Uint8Array,
  token: Uint8Array,
) => Promise<
  { readonly at: string; readonly signer: string } | { readonly fault: string; readonly untrusted: boolean }
>;

/**
 * The time stamps by trusted authorities of trees with every event of the files, in a seal or in a
 * compared checkpoint. None is a fault, and so is a stamp that does not hold.
 */
export const countTimestamps = async (
  read: readonly ReadFile[],
  compared: readonly ComparedCheckpoint[],
  check: CheckTimestamp | undefined,
  faults: Faults,
): Promise<Verification['timestamps']> => {
  if (check === undefined) return [];
  const file = read.at(-1)!.source.name;
  const end = Math.max(...read.map(endOf));
  const found: Verification['timestamps'][number][] = [];
  const others: string[] = [];
  for (const { name: where, note, size } of notesOf(read, compared))
    for (const { name, token } of timestampsIn(note)) {
      const said = await check(new TextEncoder().encode(note.text), token);
      if ('at' in said) found.push({ name, size, ...said });
      else if (said.untrusted) others.push(`${name}: ${said.fault}`);
      else
        faults.add({ kind: 'timestamp', file, what: `the time stamp of ${name} in ${where}: ${said.fault}` });
    }
  const covering = found.filter(({ size }) => size >= end);
  if (covering.length === 0) {
    const short = found.map(({ name, size, at }) => `${name} ${size} at ${at}`);
    faults.add({
      kind: 'timestamp',
      file,
      what: `no trusted time stamp is of a tree with all ${end} leaves${short.length === 0 ? '' : `; fewer leaves: ${short.join(', ')}`}${others.length === 0 ? '' : `; ${[...new Set(others)].join('; ')}`}`,
    });
  }
  return covering;
};

/** How far the clocks of the log and of a countersigner may be apart. */
const skewMs = 300_000;

/**
 * Events that the log says it stored after somebody countersigned a tree with all of them. Each
 * countersignature covers every event of the files.
 */
export const tellTimes = (
  countersigned: readonly { readonly name: string; readonly at: string }[],
  { latest }: Pick<Structure, 'latest'>,
  faults: Faults,
): void => {
  if (latest === null) return;
  for (const { name, at } of countersigned)
    if (latest.at > Date.parse(at) + skewMs)
      faults.add({
        kind: 'log',
        file: latest.file,
        line: latest.line,
        event: latest.event,
        what: `says that it was stored at ${new Date(latest.at).toISOString()}, and ${name} countersigned it at ${at}`,
      });
};
