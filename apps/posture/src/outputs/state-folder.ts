import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withMarker } from '@interlock/platform/report-files';
import {
  evaluationFiles,
  fileTime,
  responseFiles,
  stateFiles,
  type PostureAssessment,
  type RunFile,
} from '@interlock/posture';
import { changeText, endsWith, textOf, writeWhole } from './files.js';

/**
 * Appends a line once: a retry after a successful append adds nothing. A log that would exceed the
 * limit is renamed with the line's time, and continues in a new file.
 */
const appendOnce = async (path: string, line: string, at: string, maxBytes: number): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const size = await stat(path).then(
    (found) => found.size,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    },
  );
  if (size > 0 && (await endsWith(path, size, line))) return;
  if (size > 0 && size + Buffer.byteLength(line) > maxBytes)
    await rename(path, path.replace(/\.jsonl$/, `.${at.replace(/[^0-9TZ]/g, '')}.jsonl`));
  await appendFile(path, line, { flush: true });
};

/** Replaces the marker in the folder's summary. */
export const mark = (folder: string, line: string): Promise<void> =>
  changeText(join(folder, stateFiles.summary), (summary) => withMarker(summary, line));

/** Writes a run's files in order. `append` must add each line only once. */
export const writeFiles = async (
  folder: string,
  files: readonly RunFile[],
  append: (path: string, line: string) => Promise<void>,
): Promise<void> => {
  for (const { path, how, text } of files) {
    if (how === 'replace') await writeWhole(join(folder, path), text);
    else if (how === 'marker') await mark(folder, text);
    else await append(join(folder, path), text);
  }
};

/** Writes the three files of a successful run. */
export const writeState = (folder: string, posture: PostureAssessment, maxBytes: number): Promise<void> =>
  writeFiles(folder, evaluationFiles(posture), (path, line) =>
    appendOnce(path, line, posture.evaluated_at, maxBytes),
  );

/** Writes the time and reason of a failed run, for a fix branch. */
export const writeFailure = async (folder: string, at: string, detail: string): Promise<string> => {
  const path = `logs/policy_orchestrator-${at.replace(/[^0-9TZ]/g, '')}.log`;
  await writeWhole(join(folder, path), `${fileTime(at)} FAILED ${detail}\n`);
  return path;
};

/** The files of an output folder that a fix branch contains; unreadable ones are omitted. */
const kept = [stateFiles.state, stateFiles.log, responseFiles.log, responseFiles.blocked] as const;

/** Copies the logs and states that an output folder holds. */
export const copyLogs = async (from: string, to: string): Promise<void> => {
  for (const name of kept) {
    const text = await textOf(join(from, name)).catch(() => null);
    if (text !== null) await writeWhole(join(to, name), text);
  }
};
