import { ask, all, group } from '../../program/declare.js';
import { required } from '../../program/options.js';

const reason = { '--reason <text>': 'why, for the record' } as const;

/** `interlock trust` and `interlock brake`: the posture's two stops. */
export const addGuards = all(
  group('trust', 'the trust guard: locked, it makes the posture RED', [
    ask({
      command: 'lock',
      about: 'make the posture RED until a person unlocks it',
      route: 'POST /api/v1/posture/trust/lock',
      body: reason,
      piped: 'json',
    }),
    ask({
      command: 'unlock',
      about: 'by a person (--as); counted, three times a day',
      route: 'POST /api/v1/posture/trust/unlock',
      body: { ...required(reason), '--force': "although the day's unlocks are used up; it is counted, too" },
      piped: 'json',
    }),
    ask({
      command: 'reset-unlocks',
      about: "set the day's counter back, by a person (--as)",
      route: 'POST /api/v1/posture/trust/reset-unlocks',
      body: reason,
      piped: 'json',
    }),
    ask({
      command: 'status',
      about: 'whether it is locked',
      route: 'GET /api/v1/posture/trust',
      piped: 'json',
    }),
  ]),
  group('brake', 'the safety brake: engaged, no response runs', [
    ask({
      command: 'engage',
      about: 'let no response run',
      route: 'POST /api/v1/posture/brake/engage',
      body: reason,
      piped: 'json',
    }),
    ask({
      command: 'release',
      about: 'by a person (--as)',
      route: 'POST /api/v1/posture/brake/release',
      body: reason,
      piped: 'json',
    }),
    ask({
      command: 'status',
      about: 'whether it is engaged',
      route: 'GET /api/v1/posture/brake',
      piped: 'json',
    }),
  ]),
);
