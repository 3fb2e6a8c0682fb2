import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { addAsks, type Ask, type Field } from '../../asks.js';
import { addList } from '../../lists.js';
import { timeCell } from '../../output/times.js';
import type { Globals } from '../../connection/session.js';

const whole: Field = { flags: '--whole', about: "of the whole log's tree; with --tenant _system" };

/**
 * `interlock audit checkpoints|proof|consistency|archived`: the running system's answers about its
 * signed log.
 */
export const addAuditLog = (audit: Command, globals: () => Globals): void => {
  addList<Schema<'CheckpointItem'>>(audit, globals, {
    command: 'checkpoints',
    about: 'signed checkpoints, newest first',
    route: 'GET /api/v1/audit/checkpoints',
    what: 'checkpoints',
    limit: 20,
    columns: [
      { head: 'LEAVES', of: ({ size }) => size, right: true },
      { head: 'PUBLISHED (UTC)', of: ({ published_at }, { now }) => timeCell(published_at, now) },
      { head: 'POSITION', of: ({ position }) => position, right: true },
      { head: 'ROOT', of: ({ root_hash }) => root_hash, fit: 12 },
      { head: 'WITNESSES', of: ({ witnesses }) => witnesses.join(', '), fit: 10 },
    ],
    id: ({ size }) => `${size}`,
  });
  const asks: readonly Ask<never>[] = [
    {
      command: 'proof',
      about: 'that an event stands in the signed log, by its position or by stream and revision',
      route: 'GET /api/v1/audit/proofs/inclusion',
      query: [
        whole,
        { flags: '--position <position>', about: "the event's position in the log" },
        { flags: '--stream <stream>', about: "the event's stream, together with --revision" },
        { flags: '--revision <n>', about: "the event's revision in its stream" },
        { flags: '--size <n>', about: 'in the tree of so many leaves' },
      ],
      piped: 'json',
    },
    {
      command: 'consistency',
      about: 'that a tree begins with an earlier one',
      route: 'GET /api/v1/audit/proofs/consistency',
      query: [
        whole,
        { flags: '--from <n>', about: 'leaves of the earlier tree', required: true },
        { flags: '--to <n>', about: 'leaves of the later one' },
      ],
      piped: 'json',
    },
    {
      command: 'log-keys',
      about: 'the public keys that sign the log, and how one handed over to the next',
      route: 'GET /api/v1/audit/keys',
      piped: 'json',
    },
    {
      command: 'archived',
      about: 'how far the archive of the running system is',
      route: 'GET /api/v1/audit/archive',
    },
  ];
  addAsks(audit, globals, asks);
};
