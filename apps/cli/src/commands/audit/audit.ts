import { group } from '../../program/declare.js';
import { addAuditArchive } from './verification/archive.js';
import { addAuditQuestions } from './questions/ask.js';
import { addAuditExport } from './export.js';
import { addAuditKeys } from './verification/keys.js';
import { addAuditLog } from './log.js';
import { addAuditPeople } from './questions/people.js';
import { addAuditReconcile } from './questions/reconcile.js';
import { addAuditReplay } from './replaying/replay.js';
import { addAuditTrace } from './questions/trace.js';
import { addAuditVerify } from './verification/verify.js';
import { addAuditWitness } from './verification/witness.js';

export const addAudit = group('audit', 'export, verify, replay and trace the log', [
  addAuditExport,
  addAuditVerify,
  addAuditWitness,
  addAuditKeys,
  addAuditReplay,
  addAuditReconcile,
  addAuditTrace,
  addAuditArchive,
  addAuditLog,
  addAuditPeople,
  addAuditQuestions,
]);
