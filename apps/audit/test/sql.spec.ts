import { expect, it } from '@jest/globals';
import { InMemoryEventStore } from '@interlock/kernel';
import { encodeCursor } from '@interlock/postgres';
import { compiledSql, goldenText, sqlText, unnamedQueries } from '@interlock/testing';
import { entryText } from '@interlock/tree';
import { ProofsQueries } from '../src/proofs/proofs.queries.js';
import { Trees } from '../src/tree/trees.js';

const at = '2026-01-01T00:00:00.000Z';
const positions = Buffer.alloc(16);
positions.writeBigUInt64BE(7n, 0);
positions.writeBigUInt64BE(7n, 8);
const hash = Buffer.alloc(32).toString('base64');
const entry = {
  v: 1,
  event_hash: hash,
  tenant: 'demo',
  index: 0,
  category: 'action',
  correlation: hash,
  revision: '0',
} as const;
const checkpoint = {
  size: 1,
  root: '',
  position: '7',
  note: `example.test/log\n1\n${hash}\ntenants 1 ${hash}\n\n— example.test/log AAAAAAAA\n`,
  published_at: at,
};
/** A tree of one leaf, signed once. */
const rows = (statement: string): readonly object[] => {
  if (statement.includes('."tenant_heads"')) return [{ tree: 'demo', log_size: 1, size: 1, root: hash }];
  if (statement.includes('."entries"')) return [{ leaf: 0, entry: entryText(entry) }];
  if (statement.includes('."checkpoints"')) return [checkpoint];
  if (statement.includes('."trees"'))
    return [{ tree: 'demo', size: 1, substance: 1, published_size: 1, published_at: at }];
  if (statement.includes('."tiles"')) return [{ hashes: new Uint8Array(32) }];
  return statement.includes('."leaves"') ? [{ place: 0, positions }] : [];
};

it('the SQL of the queries on proofs is the one that was reviewed', async () => {
  const sql = compiledSql(rows);
  const store = new InMemoryEventStore();
  const proofs = new ProofsQueries(new Trees(sql.runner, store), store, { AUDIT_ORIGIN: 'example.test/log' });
  const may = (): void => undefined;
  const all = {
    checkpoints: () => proofs.checkpoints({}),
    latest: () => proofs.latest(),
    'checkpoints: from a cursor on': () =>
      proofs.checkpoints({ cursor: encodeCursor('checkpoints', [9]), limit: 5 }),
    'inclusion: in the latest tree': () => proofs.inclusion('demo', { position: '7' }, may),
    'inclusion: in a tree of a size': () => proofs.inclusion('demo', { position: '7', size: '1' }, may),
    'consistency: with the latest tree': () => proofs.consistency('demo', { from: '1' }),
    'consistency: with a tree of a size': () => proofs.consistency('demo', { from: '1', to: '1' }),
    keys: () => proofs.keys(),
    tile: () => proofs.tile('demo', 0, 0),
    entries: () => proofs.entries(0),
  };
  const found = await sqlText(sql, all);
  expect(found).toBe(await goldenText(new URL('sql/proofs.sql', import.meta.url), found));
  expect(unnamedQueries(ProofsQueries, Object.keys(all))).toEqual([]);
});
