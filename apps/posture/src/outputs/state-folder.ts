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
 * Appends a line, once: a try after one that came this far appends nothing. A log that would grow
 * beyond the limit is put aside under the line's time, and goes on in a new file.
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

/** Puts a marker into the folder's summary in place of the one it had. */
export const mark = (folder: string, line: string): Promise<void> =>
  changeText(join(folder, stateFiles.summary), (summary) => withMarker(summary, line));

/** Writes what a run left, in its order. `append` adds a line, once. */
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

/** The three files of a run that went well. */
export const writeState = (folder: string, posture: PostureAssessment, maxBytes: number): Promise<void> =>
  writeFiles(folder, evaluationFiles(posture), (path, line) =>
    appendOnce(path, line, posture.evaluated_at, maxBytes),
  );

/** What a fix branch holds beside the state files: when and why a run failed. */
export const writeFailure = async (folder: string, at: string, detail: string): Promise<string> => {
  const path = `logs/policy_orchestrator-${at.replace(/[^0-9TZ]/g, '')}.log`;
  await writeWhole(join(folder, path), `${fileTime(at)} FAILED ${detail}\n`);
  return path;
};

/**
 * What stands in an output folder and tells what happened; what cannot be read of it is left out.
 */
const kept = [stateFiles.state, stateFiles.log, responseFiles.log, responseFiles.blocked] as const;

/** Copies the logs and states that an output folder holds. */
export const copyLogs = async (from: string, to: string): Promise<void> => {
  for (const name of kept) {
    const text = await textOf(join(from, name)).catch(() => null);
    if (text !== null) await writeWhole(join(to, name), text);
  }
};
