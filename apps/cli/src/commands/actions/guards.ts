import type { Command } from 'commander';
import { recordShape, tell, withOutput, type Output } from '../../output/output.js';
import { calls } from '../../program/routes.js';
import { Session, type Globals } from '../../connection/session.js';

type Reasoned = Output & { readonly reason?: string; readonly force?: boolean };

/** `interlock trust` and `interlock brake`: the posture's two stops. */
export const addGuards = (program: Command, globals: () => Globals): void => {
  const post = async (path: string, { reason, force, ...options }: Reasoned): Promise<void> => {
    await tell(
      await new Session(globals()).json<unknown>('POST', `/api/v1/posture/${path}`, {
        ...(reason === undefined ? {} : { reason }),
        ...(force === true ? { force: true } : {}),
      }),
      recordShape(),
      options,
      'json',
    );
  };
  const get = async (path: string, options: Output): Promise<void> => {
    await tell(
      await new Session(globals()).json<unknown>('GET', `/api/v1/posture/${path}`),
      recordShape(),
      options,
      'json',
    );
  };

  const trust = program.command('trust').description('the trust guard: locked, it makes the posture RED');
  withOutput(calls(trust.command('lock'), 'POST /api/v1/posture/trust/lock'))
    .description('make the posture RED until a person unlocks it')
    .option('--reason <text>', 'why, for the record')
    .action((options: Reasoned) => post('trust/lock', options));
  withOutput(calls(trust.command('unlock'), 'POST /api/v1/posture/trust/unlock'))
    .description('by a person (--as); counted, three times a day')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--force', "although the day's unlocks are used up; it is counted, too", false)
    .action((options: Reasoned) => post('trust/unlock', options));
  withOutput(calls(trust.command('reset-unlocks'), 'POST /api/v1/posture/trust/reset-unlocks'))
    .description("set the day's counter back, by a person (--as)")
    .option('--reason <text>', 'why, for the record')
    .action((options: Reasoned) => post('trust/reset-unlocks', options));
  withOutput(calls(trust.command('status'), 'GET /api/v1/posture/trust'))
    .description('whether it is locked')
    .action((options: Output) => get('trust', options));

  const brake = program.command('brake').description('the safety brake: engaged, no response runs');
  withOutput(calls(brake.command('engage'), 'POST /api/v1/posture/brake/engage'))
    .description('let no response run')
    .option('--reason <text>', 'why, for the record')
    .action((options: Reasoned) => post('brake/engage', options));
  withOutput(calls(brake.command('release'), 'POST /api/v1/posture/brake/release'))
    .description('by a person (--as)')
    .option('--reason <text>', 'why, for the record')
    .action((options: Reasoned) => post('brake/release', options));
  withOutput(calls(brake.command('status'), 'GET /api/v1/posture/brake'))
    .description('whether it is engaged')
    .action((options: Output) => get('brake', options));
};
