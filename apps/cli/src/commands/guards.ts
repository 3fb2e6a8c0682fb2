import type { Command } from 'commander';
import { printJson, Session, type Globals } from '../session.js';

type Reasoned = { readonly reason: string; readonly force?: boolean };

/** `interlock trust` and `interlock brake`: the posture's two stops. */
export const addGuards = (program: Command, globals: () => Globals): void => {
  const post = async (path: string, { reason, force }: Reasoned): Promise<void> => {
    printJson(
      await new Session(globals()).json<unknown>('POST', `/api/v1/posture/${path}`, {
        reason,
        ...(force === true ? { force: true } : {}),
      }),
    );
  };
  const get = async (path: string): Promise<void> => {
    printJson(await new Session(globals()).json<unknown>('GET', `/api/v1/posture/${path}`));
  };

  const trust = program.command('trust').description('the trust guard: locked, it makes the posture RED');
  trust
    .command('lock')
    .requiredOption('--reason <text>')
    .action((options: Reasoned) => post('trust/lock', options));
  trust
    .command('unlock')
    .description('by a person (--as); counted, three times a day')
    .requiredOption('--reason <text>')
    .option('--force', "although the day's unlocks are used up; it is counted, too", false)
    .action((options: Reasoned) => post('trust/unlock', options));
  trust
    .command('reset-unlocks')
    .description("set the day's counter back, by a person (--as)")
    .requiredOption('--reason <text>')
    .action((options: Reasoned) => post('trust/reset-unlocks', options));
  trust.command('status').action(() => get('trust'));

  const brake = program.command('brake').description('the safety brake: engaged, no response runs');
  brake
    .command('engage')
    .requiredOption('--reason <text>')
    .action((options: Reasoned) => post('brake/engage', options));
  brake
    .command('release')
    .description('by a person (--as)')
    .requiredOption('--reason <text>')
    .action((options: Reasoned) => post('brake/release', options));
  brake.command('status').action(() => get('brake'));
};
