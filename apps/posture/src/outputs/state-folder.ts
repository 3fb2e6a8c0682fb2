import { appendFile, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  fileTime,
  stateFile,
  stateFiles,
  stateLogLine,
  updatedMarker,
  withMarker,
  type PostureAssessment,
} from '@interlock/posture';

const missing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** A file's text, '' where it is not there. */
const textOf = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (missing(error)) return '';
    throw error;
  }
};

/** Writes a file whole or not at all: beside it first, then renamed. */
const writeWhole = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, text, { flush: true });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
};

/** True where the file ends with these bytes. */
const endsWith = async (path: string, size: number, line: string): Promise<boolean> => {
  const bytes = Buffer.byteLength(line);
  if (size < bytes) return false;
  const handle = await open(path, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, size - bytes);
    return buffer.toString('utf8') === line;
  } finally {
    await handle.close();
  }
};

/** Appends a line, once: a try after one that came this far appends nothing. A log that would grow beyond the limit is put aside under the line's time, and goes on in a new file. */
const appendOnce = async (path: string, line: string, at: string, maxBytes: number): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const size = await stat(path).then(
    (found) => found.size,
    (error: unknown) => {
      if (missing(error)) return 0;
      throw error;
    },
  );
  if (size > 0 && (await endsWith(path, size, line))) return;
  if (size > 0 && size + Buffer.byteLength(line) > maxBytes)
    await rename(path, path.replace(/\.jsonl$/, `.${at.replace(/[^0-9TZ]/g, '')}.jsonl`));
  await appendFile(path, line, { flush: true });
};

/** Puts a marker into the folder's summary in place of the one it had. */
export const mark = async (folder: string, line: string): Promise<void> => {
  const path = join(folder, stateFiles.summary);
  await writeWhole(path, withMarker(await textOf(path), line));
};

/** The three files of a run that went well. The log comes last, so that what stands there was written. */
export const writeState = async (
  folder: string,
  posture: PostureAssessment,
  maxBytes: number,
): Promise<void> => {
  await writeWhole(join(folder, stateFiles.state), stateFile(posture));
  await mark(folder, updatedMarker(posture.evaluated_at, posture.policy));
  await appendOnce(join(folder, stateFiles.log), stateLogLine(posture), posture.evaluated_at, maxBytes);
};

/** What a fix branch holds beside the state files: when and why a run failed. */
export const writeFailure = async (folder: string, at: string, detail: string): Promise<string> => {
  const path = `logs/policy_orchestrator-${at.replace(/[^0-9TZ]/g, '')}.log`;
  await writeWhole(join(folder, path), `${fileTime(at)} FAILED ${detail}\n`);
  return path;
};
