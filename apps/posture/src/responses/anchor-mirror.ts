import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { streamName, systemTenant } from '@interlock/contracts';
import { positionText, type EventStore } from '@interlock/kernel';
import { responseFiles, undoFile, undoRecord, type UndoRecord } from '@interlock/posture';
import { rm } from 'node:fs/promises';
import { textOf, writeWhole } from '../outputs/files.js';

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
/** Returns the hash of a file's text; null if there is no file. */
export const hashOf = (text: string | null): string | null => (text === null ? null : sha256(text));

const checkpointStream = streamName('checkpoint', systemTenant, 'log');
const keyStream = streamName('checkpoint', systemTenant, 'keys');

type Published = {
  readonly origin: string;
  readonly tree_size: number;
  readonly root_hash: string;
  readonly note: string;
};

/**
 * Returns the chain of the log's signed checkpoints as text, and their number. The same log always
 * gives the same text.
 */
const anchorChain = async (store: EventStore): Promise<{ readonly text: string; readonly count: number }> => {
  const keys: object[] = [];
  for await (const { data } of store.read(keyStream)) keys.push(data);
  const checkpoints: object[] = [];
  for await (const event of store.read(checkpointStream)) {
    if (event.type !== 'CheckpointPublished') continue;
    const { origin, tree_size, root_hash, note } = event.data as Published;
    checkpoints.push({
      origin,
      tree_size,
      root_hash,
      note,
      published_at: event.created,
      position: positionText(event.position),
    });
  }
  return {
    text: `${JSON.stringify({ version: 1, keys, checkpoints }, null, 2)}\n`,
    count: checkpoints.length,
  };
};

/** Returns the text of the mirror; null if there is none. */
export const mirrorText = (directory: string): Promise<string | null> =>
  textOf(join(directory, responseFiles.mirror));

export type RebuiltMirror = {
  readonly count: number;
  readonly before: string | null;
  readonly after: string;
  readonly backup: string | null;
};

/**
 * Returns whether a response has begun to rebuild the mirror. The undo record is the first file
 * that it writes.
 */
export const hasUndoRecord = async (directory: string, responseId: string): Promise<boolean> =>
  (await textOf(join(directory, undoFile(responseId)))) !== null;

/**
 * Reads everything that is needed to rebuild the mirror of the signed checkpoints, and returns the
 * function that rebuilds it.
 * That function calls `check` right before its first change. It saves the previous content first,
 * in the undo record and the backup. A repeat after a crash keeps the content that the first
 * attempt found.
 */
export const readyMirror = async (
  store: EventStore,
  directory: string,
  responseId: string,
  now: string,
): Promise<(check: () => void) => Promise<RebuiltMirror>> => {
  const { text, count } = await anchorChain(store);
  const undo = join(directory, undoFile(responseId));
  const kept = await textOf(undo);
  const record: UndoRecord =
    kept === null
      ? undoRecord(responseId, 'integrity_anchor_mirror', await mirrorText(directory), now)
      : (JSON.parse(kept) as UndoRecord);
  return async (check) => {
    check();
    await writeWhole(undo, `${JSON.stringify(record, null, 2)}\n`);
    if (record.before !== null) await writeWhole(join(directory, responseFiles.backup), record.before);
    await writeWhole(join(directory, responseFiles.mirror), text);
    return { count, before: hashOf(record.before), after: sha256(text), backup: record.backup };
  };
};

/**
 * Restores the mirror's content from before a run. Returns the name of the restored file; undefined
 * if there is no undo record.
 */
export const restoreMirror = async (directory: string, responseId: string): Promise<string | undefined> => {
  const kept = await textOf(join(directory, undoFile(responseId)));
  if (kept === null) return undefined;
  const { before } = JSON.parse(kept) as UndoRecord;
  const path = join(directory, responseFiles.mirror);
  if (before === null) await rm(path, { force: true });
  else await writeWhole(path, before);
  return responseFiles.mirror;
};
