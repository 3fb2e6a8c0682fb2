import type { Command } from 'commander';
import { addAsk, type Ask, type Field } from '../../asks.js';
import type { Globals } from '../../connection/session.js';

const reason: Field = { flags: '--reason <text>', about: 'why, for the record' };

const trustCommands: readonly Ask<never>[] = [
  {
    command: 'lock',
    about: 'make the posture RED until a person unlocks it',
    route: 'POST /api/v1/posture/trust/lock',
    body: [reason],
  },
  {
    command: 'unlock',
    about: 'by a person (--as); counted, three times a day',
    route: 'POST /api/v1/posture/trust/unlock',
    body: [
      { ...reason, required: true },
      { flags: '--force', about: "although the day's unlocks are used up; it is counted, too" },
    ],
  },
  {
    command: 'reset-unlocks',
    about: "set the day's counter back, by a person (--as)",
    route: 'POST /api/v1/posture/trust/reset-unlocks',
    body: [reason],
  },
  { command: 'status', about: 'whether it is locked', route: 'GET /api/v1/posture/trust' },
];

const brakeCommands: readonly Ask<never>[] = [
  {
    command: 'engage',
    about: 'let no response run',
    route: 'POST /api/v1/posture/brake/engage',
    body: [reason],
  },
  {
    command: 'release',
    about: 'by a person (--as)',
    route: 'POST /api/v1/posture/brake/release',
    body: [reason],
  },
  { command: 'status', about: 'whether it is engaged', route: 'GET /api/v1/posture/brake' },
];

/** `interlock trust` and `interlock brake`: the posture's two stops. */
export const addGuards = (program: Command, globals: () => Globals): void => {
  const trust = program.command('trust').description('the trust guard: locked, it makes the posture RED');
  for (const ask of trustCommands) addAsk(trust, globals, { ...ask, piped: 'json' });
  const brake = program.command('brake').description('the safety brake: engaged, no response runs');
  for (const ask of brakeCommands) addAsk(brake, globals, { ...ask, piped: 'json' });
};
