import type { RecordedEvent } from '@interlock/kernel';
import { detailOf } from '../detail.js';
import { between, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

type Found = { readonly seen: Seen; readonly detail: string };
type Inconsistency = { readonly origin?: string; readonly found_by?: string; readonly detail?: string };
type Checked = { readonly kind?: string; readonly passed?: boolean; readonly detail?: string };

/** The checks that compare the log, its checkpoints or its archive with what was signed. */
const signedChecks = ['integrity_check', 'full_integrity_check', 'light', 'cold_storage_verification'];

const foundBy = (event: RecordedEvent): readonly [string, string] | null => {
  if (event.type === 'IntegrityChecked') {
    const { kind = '', passed, detail = '' } = event.data as Checked;
    if (passed !== false || !signedChecks.includes(kind)) return null;
    return [`check ${kind}`, `the check \`${kind}\` found a fault: ${detail}`];
  }
  const { origin = '', found_by = '', detail = '' } = event.data as Inconsistency;
  return [`${origin} ${found_by}`, `the log contradicts what was signed of it (${found_by}): ${detail}`];
};

/**
 * The log, a checkpoint or the archive is not what was signed. INVARIANT: no event ends it. Only a
 * person closes it, because evidence that all is well again may also have been changed.
 */
export const logTampered = rule<{ readonly [subject: string]: Found }>({
  name: 'log_tampered',
  condition: 'The log, a checkpoint or the archive is not what was signed',
  severity: 'critical',
  runbook: runbookOf('log_tampered'),
  events: { checkpoint: ['TreeInconsistencyFound'], posture: ['IntegrityChecked'] },
  figures: [],
  initial: {},
  fold: (known, event) => {
    const found = foundBy(event);
    return found === null ? known : withKey(known, found[0], { seen: seenOf(event), detail: found[1] });
  },
  judge: (known) =>
    Object.entries(known).map(([subject, { seen, detail }]): Condition => ({
      subject,
      firing: 'tampered',
      severity: 'critical',
      detail: detailOf(detail),
      cause: seen.cause,
      evidence: between(seen),
    })),
});
