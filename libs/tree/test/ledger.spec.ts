import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  checkpointText,
  correlationHash,
  entriesFault,
  entryLeaf,
  entryText,
  fromBase64,
  LeafLedger,
  parseCheckpoint,
  parseTenants,
  tenantHeadText,
  tenantKey,
  tenantPath,
  tenantPathHolds,
  tenantsHead,
  tenantsText,
  toBase64,
  type Checkpoint,
  type LeafEntry,
} from '../src/index.js';
import { seedOf } from './golden.js';

const hash = (text: string): string => createHash('sha256').update(text).digest('base64');
const names = ['demo', '_system', 'other', 'demo', 'demo', 'other', '_system', 'demo', 'demo'];

/** Entries as an honest log has them: the tenants by turns, each with its own count. */
const entriesOf = (tenants: readonly string[]): readonly LeafEntry[] => {
  const next = new Map<string, number>();
  return tenants.map((tenant, n) => {
    const index = next.get(tenant) ?? 0;
    next.set(tenant, index + 1);
    return {
      v: 1,
      event_hash: hash(`event ${n}`),
      tenant,
      index,
      category: 'action',
      correlation: hash(`correlation ${n % 4}`),
      revision: `${n}`,
    };
  });
};
const honest = entriesOf(names);

/** What a signer signs who computes trees of some entries without looking at their indices. */
const signed = (entries: readonly LeafEntry[], over: Partial<Checkpoint> = {}): Checkpoint => {
  const ledger = new LeafLedger();
  const seen = new Map<string, number>();
  for (const entry of entries) {
    const index = seen.get(entry.tenant) ?? 0;
    seen.set(entry.tenant, index + 1);
    expect(ledger.take({ ...entry, index })).toBeNull();
  }
  return {
    origin: 'log',
    size: entries.length,
    root: ledger.whole.root(),
    tenants: tenantsHead(ledger.heads()),
    ...over,
  };
};

describe('an auditor who holds entries only', () => {
  it('finds nothing where the checkpoint is what they come to', () => {
    expect(entriesFault(honest, signed(honest))).toBeNull();
    expect(entriesFault([], signed([]))).toBeNull();
  });

  it('refuses a tree whose signer skipped a leaf of a tenant', () => {
    for (const skipped of [0, 3, 4]) {
      const entries = honest.filter((_, n) => n !== skipped);
      const { tenant, index } = honest[skipped]!;
      expect(entriesFault(entries, signed(entries))).toContain(
        `of tenant \`${tenant}\`: index ${index} is missing`,
      );
    }
  });

  it('refuses a tree whose signer dropped the last leaf of a tenant, by the size and root that were signed', () => {
    const entries = honest.slice(0, -1);
    expect(entriesFault(entries, signed(honest))).toBe(
      'the checkpoint is of 9 leaves, and there are 8 entries',
    );
    expect(entriesFault(entries, signed(honest, { size: 8 }))).toMatch(
      /^the root over 8 leaves was signed as/,
    );
  });

  it('refuses a tree with a repeated index', () => {
    const entries = [...honest, { ...honest[8]!, event_hash: hash('a second') }];
    expect(entriesFault(entries, signed(entries))).toBe(
      'leaf 9 repeats index 4 of tenant `demo`, whose next is 5',
    );
  });

  it('refuses a tree in which a leaf was given to another tenant', () => {
    const entries = honest.with(3, { ...honest[3]!, tenant: 'other' });
    expect(entriesFault(entries, signed(entries))).toBe(
      'leaf 4 has index 2 of tenant `demo`: index 1 is missing',
    );
    const taken = honest.with(4, { ...honest[4]!, tenant: 'other', index: 2 });
    expect(entriesFault(taken, signed(taken))).toMatch(/^leaf 4 has index 2 of tenant `other`: index 1 is/);
  });

  it('refuses another root over the tenants, another number of them, another root, another size', () => {
    const good = signed(honest);
    const { tenants } = good;
    expect(entriesFault(honest, { ...good, tenants: { ...tenants, root: seedOf(1) } })).toMatch(
      /^the root over the 3 tenants was signed as/,
    );
    expect(entriesFault(honest, { ...good, tenants: { ...tenants, size: 2 } })).toBe(
      'the checkpoint is of 2 tenants, and there are 3',
    );
    expect(entriesFault(honest, { ...good, root: seedOf(1) })).toMatch(
      /^the root over 9 leaves was signed as/,
    );
    expect(entriesFault(honest, { ...good, size: 10 })).toBe(
      'the checkpoint is of 10 leaves, and there are 9 entries',
    );
  });
});

describe('a ledger', () => {
  it('has not taken what it refused, and goes on with the right one', () => {
    const ledger = new LeafLedger();
    expect(ledger.take(honest[3]!)).toBe('leaf 0 has index 1 of tenant `demo`: index 0 is missing');
    for (const entry of honest) expect(ledger.take(entry)).toBeNull();
    expect(ledger.faultOf(signed(honest))).toBeNull();
  });

  it('tells the heads anew after each leaf', () => {
    const ledger = new LeafLedger();
    const roots = new Set<string>();
    for (const entry of honest) {
      ledger.take(entry);
      roots.add(toBase64(tenantsHead(ledger.heads()).root));
    }
    expect(roots.size).toBe(honest.length);
    expect(ledger.heads().map(({ tenant, size }) => [tenant, size])).toEqual([
      ['_system', 2],
      ['demo', 5],
      ['other', 2],
    ]);
  });
});

describe('the tree over the tenants', () => {
  const heads = ['_system', 'a', 'b', 'c', 'd'].map((tenant, n) => ({
    tenant,
    size: n + 1,
    root: toBase64(seedOf(n)),
  }));
  const head = tenantsHead(heads);

  it('has a path from each tenant, which holds for its own size and root only', async () => {
    for (const { tenant } of heads) {
      const path = (await tenantPath(heads, tenant))!;
      expect(tenantPathHolds(path, head)).toBe(true);
      for (const wrong of [
        { ...path, size: path.size + 1 },
        { ...path, root: toBase64(seedOf(30)) },
        { ...path, tenant: 'z' },
        { ...path, index: (path.index + 1) % heads.length },
        { ...path, path: path.path.slice(1) },
      ])
        expect(tenantPathHolds(wrong, head)).toBe(false);
      expect(tenantPathHolds(path, { ...head, size: 4 })).toBe(false);
    }
    expect(await tenantPath(heads, 'none')).toBeNull();
  });

  it('stands in order of the names, each once', () => {
    expect(() => tenantsHead(heads.toReversed())).toThrow(RangeError);
    expect(() => tenantsHead([heads[0]!, heads[0]!])).toThrow(RangeError);
  });

  it('is read back from its list where that is what the checkpoint says, and no other list is', () => {
    const text = tenantsText(heads);
    expect(parseTenants(text, head)).toEqual(heads);
    for (const wrong of [
      '',
      text.slice(0, -1),
      tenantsText(heads.slice(1)),
      text.replace('"size":2', '"size":3'),
      text.replace('{"root"', '{ "root"'),
      [...text.split('\n').slice(0, -1)].reverse().join('\n') + '\n',
    ])
      expect(parseTenants(wrong, head)).toBeUndefined();
    expect(parseTenants('', tenantsHead([]))).toEqual([]);
  });

  it('has leaves as the document says', () => {
    const one = heads[0]!;
    const bytes = `{"root":"${one.root}","size":1,"tenant":"_system","v":1}`;
    expect(tenantHeadText(one)).toBe(bytes);
    expect(toBase64(tenantsHead([one]).root)).toBe(hash(`\0${bytes}`));
  });
});

describe('an entry', () => {
  it('has a leaf and a correlation as the document says', () => {
    const entry = honest[0]!;
    expect(toBase64(entryLeaf(entry))).toBe(hash(`\0${entryText(entry)}`));
    const key = tenantKey(new TextEncoder().encode('{"first":1}'));
    expect(toBase64(key)).toBe(hash('interlock tenant key/v1\n{"first":1}'));
    expect(correlationHash(key, 'some id')).toBe(
      createHmac('sha256', key).update('some id').digest('base64'),
    );
  });
});

describe('a checkpoint', () => {
  it('has the line of the tenants inside of what is signed', () => {
    const checkpoint = signed(honest);
    const text = checkpointText(checkpoint);
    expect(text.split('\n')).toEqual([
      'log',
      '9',
      toBase64(checkpoint.root),
      `tenants 3 ${toBase64(checkpoint.tenants.root)}`,
      '',
    ]);
    expect(parseCheckpoint(text)).toEqual(checkpoint);
    expect(parseCheckpoint(`${text}another extension\n`)).toEqual(checkpoint);
  });

  it('is none without that line, with two of them, or with another', () => {
    const text = checkpointText(signed(honest));
    const [origin, size, root, tenants] = text.split('\n');
    expect(fromBase64(root!)).toHaveLength(32);
    for (const wrong of [
      [origin, size, root],
      [origin, size, root, ''],
      [origin, size, root, tenants, tenants],
      [origin, size, root, tenants!.replace('tenants', 'tenant')],
      [origin, size, root, tenants!.replace('3', '03')],
      [origin, size, root, tenants!.replace('3', '10')],
      [origin, size, root, `${tenants} x`],
      [origin, size, root, 'other extension', tenants],
    ])
      expect(parseCheckpoint(`${wrong.join('\n')}\n`)).toBeUndefined();
  });
});
