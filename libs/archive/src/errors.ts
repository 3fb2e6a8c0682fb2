import { ProblemError } from '@interlock/kernel';

/** The archive contradicts the log or itself. Nothing is written until a person has looked. */
export const contradiction = (segment: string | null, fault: string, leaf?: number): ProblemError =>
  new ProblemError('archive-contradicted', segment === null ? fault : `\`${segment}\` ${fault}`, {
    remedy: 'keep the archive and the log as they are, and compare them: `interlock audit archive verify`',
    members: { segment, ...(leaf === undefined ? {} : { leaf }) },
  });

export const unavailable = (detail: string, remedy: string, cause?: unknown): ProblemError =>
  new ProblemError('archive-unavailable', detail, { remedy, cause });
