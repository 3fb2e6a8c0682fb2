// The functions that the command line loads for `interlock doctor`.
import { archivePart } from './doctor/archive.js';
import { busPart } from './doctor/bus.js';
import { examine, failed, withoutSecrets, wordsOf, type Part, type Result } from './doctor/check.js';
import { filesPart } from './doctor/files.js';
import { identityPart } from './doctor/identity.js';
import { logPart } from './doctor/log.js';
import { databasePart } from './doctor/postgres.js';
import { sourcesIn, sourcesOf, type HomeSource, type Sources } from './doctor/sources.js';
import { withSecretFiles, type Environment } from './container/variables.js';

const ownTokens = 'INTERLOCK_ISSUER is not set, so the installation issues its own tokens';

/** Examines all parts at once. Within a part, one check follows another. */
const examineParts = async (sources: Sources, timeoutMs: number): Promise<readonly Result[]> => {
  const run = <C>(part: Part<C>): Promise<readonly Result[]> => examine(part, timeoutMs);
  const results = await Promise.all([
    run(databasePart(sources.database)),
    run(busPart(sources.bus, timeoutMs)),
    run(logPart(sources.log, timeoutMs)),
    run(identityPart(sources.identity, ownTokens, timeoutMs)),
    run(archivePart(sources.archive)),
    run(filesPart(sources.files)),
  ]);
  return withoutSecrets(results.flat(), sources.secrets);
};

/**
 * Examines the external parts that an environment names, read as the services read it. It never
 * rejects: every error is a failed check. `service` is the one whose environment this is.
 */
export const examineEnvironment = async (
  environment: Environment,
  service: string | undefined,
  timeoutMs: number,
): Promise<readonly Result[]> => {
  const wrong = (error: unknown): Result => ({
    name: 'environment',
    ...failed(wordsOf(error), ''),
    remedy: 'correct the variables that are named',
  });
  let complete: Environment;
  let sources: Sources;
  try {
    complete = withSecretFiles(environment);
    sources = sourcesIn(complete, service);
  } catch (error) {
    return [wrong(error)];
  }
  return examineParts(sources, timeoutMs);
};

/** Examines the parts of a running embedded home. Never rejects. */
export const examineHome = (source: HomeSource, timeoutMs: number): Promise<readonly Result[]> =>
  examineParts(sourcesOf(source), timeoutMs);
