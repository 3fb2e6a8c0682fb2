import { positionText, type RecordedEvent } from '@interlock/kernel';
import { Trace, traceText } from '@interlock/ledger';
import type { Command } from 'commander';
import { CliError, print, Session, type Globals } from '../session.js';
import { eachEventOfFile, eachEventOfLog } from './audit-lines.js';

type TraceOptions = { readonly file?: string; readonly json: boolean };

const others = 'budget,lease,evaluation,device,device_tx,kill_switch,incident,alert,trace';
/** How much of the log after an action's end is looked through for what followed from it. */
const after = 20_000;

/** Reads the action's own stream, then what others wrote while it ran, then what followed. */
const readLive = async (session: Session, actionId: string, trace: Trace): Promise<void> => {
  let first: RecordedEvent | undefined;
  let last: RecordedEvent | undefined;
  await eachEventOfLog(session, `/api/v1/audit/streams/${encodeURIComponent(`action-${session.tenant}:${actionId}`)}`, (event) => {
    trace.take(event);
    first ??= event;
    last = event;
    return true;
  });
  if (first === undefined || last === undefined) return;
  const from = first.position.commit - 1n;
  const until = positionText(last.position);
  const events = (query: string): Promise<string> => eachEventOfLog(session, `/api/v1/audit/events?category=${others}&${query}`, (event) => {
    trace.take(event);
    return true;
  });
  await events(`after=${from < 0n ? 0n : from}&until=${until}`);
  if (trace.story()?.ended_at !== null) await events(`after=${until}&limit=${after}`);
};

export const addAuditTrace = (audit: Command, globals: () => Globals): void => {
  audit.command('trace <action>').description('the whole story of one action, from the intent to what was sent to the device')
    .option('--file <export>', 'read an exported file instead of the running system').option('--json', 'as JSON', false)
    .exitOverride((error) => { throw new CliError('', error.exitCode === 0 ? 0 : 2); })
    .action(async (actionId: string, options: TraceOptions) => {
      const trace = new Trace(actionId);
      if (options.file === undefined) await readLive(new Session(globals()), actionId, trace);
      else {
        await eachEventOfFile(options.file, (event) => {
          trace.take(event);
          return true;
        });
      }
      const story = trace.story();
      if (story === null) throw new CliError(`${options.file ?? 'the log'} holds no action ${actionId}`);
      if (options.json) print(JSON.stringify(story, null, 2));
      else process.stdout.write(traceText(story));
    });
};
