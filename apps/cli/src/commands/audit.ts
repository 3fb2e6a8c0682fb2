import type { Command } from 'commander';
import type { Globals } from '../session.js';
import { addAuditExport } from './audit-export.js';
import { addAuditReplay } from './audit-replay.js';
import { addAuditTrace } from './audit-trace.js';

export const addAudit = (program: Command, globals: () => Globals): void => {
  const audit = program.command('audit').description('read and replay the log');
  addAuditExport(audit, globals);
  addAuditReplay(audit, globals);
  addAuditTrace(audit, globals);
};
