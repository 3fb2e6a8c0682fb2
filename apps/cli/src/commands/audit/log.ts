import { ask, all } from '../../program/declare.js';
import { list } from '../../lists.js';

const whole = { '--whole': 'in the tree over the whole log; with --tenant _system' } as const;

/**
 * `interlock audit checkpoints|proof|consistency|archived`: the running system's answers about its
 * signed log.
 */
export const addAuditLog = all(
  list({
    command: 'checkpoints',
    about: 'list signed checkpoints, newest first',
    route: 'GET /api/v1/audit/checkpoints',
    what: 'checkpoints',
    limit: 20,
    columns: [
      { head: 'LEAVES', of: ({ size }) => size, right: true },
      { head: 'PUBLISHED (UTC)', time: ({ published_at }) => published_at },
      { head: 'POSITION', of: ({ position }) => position, right: true },
      { head: 'ROOT', of: ({ root_hash }) => root_hash, fit: 12 },
      { head: 'WITNESSES', of: ({ witnesses }) => witnesses.join(', '), fit: 10 },
    ],
    id: ({ size }) => `${size}`,
  }),
  ask({
    command: 'proof',
    about: 'prove that an event is in the signed log, by its position or by stream and revision',
    route: 'GET /api/v1/audit/proofs/inclusion',
    query: {
      ...whole,
      '--position <position>': "the event's position in the log",
      '--stream <stream>': "the event's stream, together with --revision",
      '--revision <n>': "the event's revision in its stream",
      '--size <n>': 'in the tree of this many leaves',
    },
    piped: 'json',
  }),
  ask({
    command: 'consistency',
    about: 'prove that a tree begins with an earlier one',
    route: 'GET /api/v1/audit/proofs/consistency',
    query: {
      ...whole,
      '--from <n>': { about: 'leaves of the earlier tree', required: true },
      '--to <n>': 'leaves of the later one',
    },
    piped: 'json',
  }),
  ask({
    command: 'log-keys',
    about: 'show the public keys that sign the log, and how each handed over to the next',
    route: 'GET /api/v1/audit/keys',
    piped: 'json',
  }),
  ask({
    command: 'archived',
    about: 'show the progress of the archive of the running system',
    route: 'GET /api/v1/audit/archive',
  }),
);
