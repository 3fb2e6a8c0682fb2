import { ProblemError } from './problem.js';

/**
 * Reads the JSON of a file or setting that may hold secrets. Throws `malformed-json` that names the
 * source and quotes nothing of the text; the error of `JSON.parse` quotes it.
 */
export const quietJson = (text: string, source: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProblemError('malformed-json', `${source} is not JSON`);
  }
};
