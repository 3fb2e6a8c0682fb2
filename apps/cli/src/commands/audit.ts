import type { Command } from 'commander';
import type { Globals } from '../session.js';
import { addAuditArchive } from './audit-archive.js';
import { addAuditExport } from './audit-export.js';
import { addAuditKeys } from './audit-keys.js';
import { addAuditLog } from './audit-log.js';
import { addAuditPeople } from './audit-people.js';
import { addAuditReplay } from './audit-replay.js';
import { addAuditTrace } from './audit-trace.js';
import { addAuditVerify } from './audit-verify.js';
import { addAuditWitness } from './audit-witness.js';

export const addAudit = (program: Command, globals: () => Globals): void => {
  const audit = program.command('audit').description('export, verify, replay and trace the log');
  addAuditExport(audit, globals);
  addAuditVerify(audit, globals);
  addAuditWitness(audit);
  addAuditKeys(audit, globals);
  addAuditReplay(audit, globals);
  addAuditTrace(audit, globals);
  addAuditArchive(audit, globals);
  addAuditLog(audit, globals);
  addAuditPeople(audit, globals);
};
