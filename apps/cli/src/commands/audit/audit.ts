import type { Command } from 'commander';
import type { Globals } from '../../connection/session.js';
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

export const addAudit = (program: Command, globals: () => Globals): void => {
  const audit = program.command('audit').description('export, verify, replay and trace the log');
  addAuditExport(audit, globals);
  addAuditVerify(audit, globals);
  addAuditWitness(audit);
  addAuditKeys(audit, globals);
  addAuditReplay(audit, globals);
  addAuditReconcile(audit, globals);
  addAuditTrace(audit, globals);
  addAuditArchive(audit, globals);
  addAuditLog(audit, globals);
  addAuditPeople(audit, globals);
  addAuditQuestions(audit, globals);
};
