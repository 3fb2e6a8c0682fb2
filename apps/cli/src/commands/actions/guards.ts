import { ask, all, group } from '../../program/declare.js';
import { required } from '../../program/options.js';

const reason = { '--reason <text>': 'why, for the record' } as const;

/** `interlock trust` and `interlock brake`: the posture's two stops. */
export const addGuards = all(
  group('trust', 'the trust guard, which makes the posture RED while it is locked', [
    ask({
      command: 'lock',
      about: 'make the posture RED until a person unlocks it',
      route: 'POST /api/v1/posture/trust/lock',
      body: reason,
      piped: 'json',
    }),
    ask({
      command: 'unlock',
      about: 'unlock it, at most three times a day, as a person (--as)',
      route: 'POST /api/v1/posture/trust/unlock',
      body: {
        ...required(reason),
        '--force': "unlock although the day's unlocks are used up; this one counts too",
      },
      piped: 'json',
    }),
    ask({
      command: 'reset-unlocks',
      about: "reset the day's counter, as a person (--as)",
      route: 'POST /api/v1/posture/trust/reset-unlocks',
      body: reason,
      piped: 'json',
    }),
    ask({
      command: 'status',
      about: 'show whether it is locked',
      route: 'GET /api/v1/posture/trust',
      piped: 'json',
    }),
  ]),
  group('brake', 'the safety brake: no response runs while it is engaged', [
    ask({
      command: 'engage',
      about: 'engage it, so that no response runs',
      route: 'POST /api/v1/posture/brake/engage',
      body: reason,
      piped: 'json',
    }),
    ask({
      command: 'release',
      about: 'release it, as a person (--as)',
      route: 'POST /api/v1/posture/brake/release',
      body: reason,
      piped: 'json',
    }),
    ask({
      command: 'status',
      about: 'show whether it is engaged',
      route: 'GET /api/v1/posture/brake',
      piped: 'json',
    }),
  ]),
);
