import type { Command } from 'commander';
import type { Globals } from '../../session.js';
import { addAuditArchive } from './archive.js';
import { addAuditQuestions } from './ask.js';
import { addAuditExport } from './export.js';
import { addAuditKeys } from './keys.js';
import { addAuditLog } from './log.js';
import { addAuditPeople } from './people.js';
import { addAuditReconcile } from './reconcile.js';
import { addAuditReplay } from './replay.js';
import { addAuditTrace } from './trace.js';
import { addAuditVerify } from './verify.js';
import { addAuditWitness } from './witness.js';

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
