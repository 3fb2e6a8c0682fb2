import { describe, expect, it } from '@jest/globals';
import { bindingFaults, ownBinding, readBinding, yangSchema, type BindingFile } from '../src/index.js';

const entry = '/acme-cell:cells/cell[name={cell}]';
const leaf = (name: string, over: object = {}): object => ({
  path: `${entry}/${name}`,
  type: 'string',
  config: true,
  read_back: 'running',
  ...over,
});
const file = (leaves: object, over: object = {}, entityClass: object = {}): object => ({
  module: 'acme-cell',
  modules: { 'acme-cell': { revision: '2026-05-01', namespace: 'urn:acme:cell', compatible: [] } },
  lists: { 'acme-cell:cell': ['name'] },
  classes: { cell: { entry, leaves, ...entityClass } },
  kpis: {},
  evidence: { status: 'unverified', by: 'the vendor' },
  ...over,
});
const pointers = (value: unknown): readonly string[] => {
  const read = readBinding(value);
  return 'faults' in read ? read.faults.map(({ pointer }) => pointer) : [];
};
const at = '/classes/cell/leaves/one';

describe('the file of a binding', () => {
  it('is read when nothing in it contradicts itself', () => {
    const good = file({ one: leaf('one'), two: leaf('two') });
    expect(readBinding(good)).toEqual({ file: good });
  });

  const shown = leaf('shown', { config: false, read_back: undefined });
  const cases: readonly (readonly [string, object, readonly string[]])[] = [
    ['a member that the schema does not know', file({ one: leaf('one', { tilt: 1 }) }), [`${at}/tilt`]],
    ['no modules', file({ one: leaf('one') }, { modules: undefined }), ['/modules']],
    ['a class of no kind', file({}, { classes: { beam: {} } }), ['/classes/beam']],
    ['a type that YANG does not have', file({ one: leaf('one', { type: 'text' }) }), [`${at}/type`]],
    ['a text that is not a path', file({ one: leaf('one', { path: '/a b' }) }), [`${at}/path`]],
    [
      'a path outside of the module',
      file(
        { one: leaf('one', { path: '/other:cells/cell[name={cell}]/one' }) },
        {
          modules: {
            'acme-cell': { revision: '2026-05-01', namespace: 'urn:acme:cell', compatible: [] },
            other: { revision: '2026-05-01', namespace: 'urn:o', compatible: [] },
          },
        },
      ),
      [`${at}/path`],
    ],
    [
      'a module that is not declared',
      file({ one: leaf('one', { path: `${entry}/other:one` }) }),
      [`${at}/path`],
    ],
    ['the same path twice', file({ zero: leaf('one'), one: leaf('one') }), [`${at}/path`]],
    [
      'a key that the entry does not have',
      file({ one: leaf('one', { path: `${entry}/part[id={part}]/one` }) }),
      [`${at}/path`],
    ],
    ['no read-back', file({ one: leaf('one', { read_back: undefined }) }), [`${at}/read_back`]],
    ['the read-back of state', file({ one: leaf('one', { config: false }) }), [`${at}/read_back`]],
    [
      'a read-back of what is not a state leaf',
      file({ one: leaf('one', { read_back: 'two' }), two: leaf('two') }),
      [`${at}/read_back`],
    ],
    [
      'a read-back of another type',
      file({
        one: leaf('one', { read_back: 'shown', type: 'boolean' }),
        shown: JSON.parse(JSON.stringify(shown)) as object,
      }),
      [`${at}/read_back`],
    ],
    ['a written number without a range', file({ one: leaf('one', { type: 'uint8' }) }), [`${at}/range`]],
    ['a range that is empty', file({ one: leaf('one', { type: 'uint8', range: [2, 1] }) }), [`${at}/range`]],
    [
      'a written enumeration without values',
      file({ one: leaf('one', { type: 'enumeration' }) }),
      [`${at}/values`],
    ],
    [
      'a container that is not above the leaf',
      file({ one: leaf('one', { presence: `${entry}/other` }) }),
      [`${at}/presence`],
    ],
    [
      'an id that can be read in two ways',
      file({ one: leaf('one') }, {}, { id: '{cell}{site}' }),
      ['/classes/cell/id'],
    ],
    [
      'a KPI that is text',
      file({ one: leaf('one') }, { kpis: { load: leaf('load', { config: false, read_back: undefined }) } }),
      ['/kpis/load'],
    ],
  ];
  it.each(cases)('is refused for %s', (_what, wrong, expected) => {
    expect(pointers(JSON.parse(JSON.stringify(wrong)))).toEqual(expected);
  });

  it('is refused with every fault at once', () => {
    expect(
      pointers(
        file({
          one: leaf('one', { type: 'uint8', read_back: 'two' }),
          two: leaf('one', { path: '/other:one' }),
        }),
      ).toSorted(),
    ).toEqual([
      `${at}/range`,
      `${at}/read_back`,
      '/classes/cell/leaves/two/path',
      '/classes/cell/leaves/two/path',
    ]);
    for (const value of [null, 'text', [], 1]) expect(pointers(value)).toEqual(['']);
  });
});

const base = `module acme-types {
  namespace 'urn:acme:types'; prefix t;
  typedef percent { type uint8 { range "0..100"; } }
  typedef low { type percent { range "min..40"; } }
  typedef few { type percent { range '0 .. 10 | 20 .. 40'; } }
  grouping limits {
    container limits {
      leaf top { type percent; /* the most */ }
      leaf few { type few; }
      leaf odd { type "enu" + 'meration' { enum a; enum "b"; } must "../top > '1'" { error-message "no"; } }
    }
  }
}`;
const main = `module acme-cell {
  yang-version 1.1; namespace "urn:acme:cell"; prefix c;
  import acme-types { prefix ty; }
  include acme-more;
  revision 2025-01-01; revision 2026-05-01 { description "a \\"quoted\\" text; { not a block"; }
  // a comment {
  container cells {
    list cell {
      key "name  part";
      leaf name { type string; } leaf part { type string; }
      uses ty:limits { refine limits/top { config false; } refine "limits" { presence "on"; } augment limits { leaf low { type ty:low; } } }
      choice kind { case big { leaf mass { type decimal64 { fraction-digits 2; } } } leaf small { type empty; } }
      uses more;
    }
    uses again;
  }
  grouping again { uses again; container deeper { leaf x { type ty:none; } } }
}`;
const more = `submodule acme-more {
  belongs-to acme-cell { prefix me; }
  grouping more { leaf more { type leafref { path "../name"; } when "../part = 'x'"; } }
  augment "/me:cells/me:cell/me:kind" { leaf extra { type boolean; } }
}`;
const other = `module acme-other {
  namespace "urn:acme:other"; prefix o;
  import acme-cell { prefix c; }
  augment /c:cells/c:cell/c:limits { leaf more { type int32; } }
}`;

describe('the schema of YANG texts', () => {
  const schema = yangSchema([base, main, more, other]);
  const node = (path: string) => schema.nodeAt(`/acme-cell:cells${path}`);

  it('knows each module at its latest revision', () => {
    expect(schema.modules).toContainEqual({
      name: 'acme-cell',
      revision: '2026-05-01',
      namespace: 'urn:acme:cell',
    });
    expect(schema.modules).toContainEqual({
      name: 'acme-types',
      revision: null,
      namespace: 'urn:acme:types',
    });
  });
  it('follows groupings, typedefs, choices, submodules, refinements and augments', () => {
    expect(node('')).toMatchObject({ kind: 'container', config: true, presence: false });
    expect(node('/cell')).toMatchObject({ kind: 'list', keys: 'name part' });
    expect(node('/cell/limits')).toMatchObject({ kind: 'container', presence: true });
    expect(node('/cell/limits/top')).toMatchObject({ type: 'uint8', range: [0, 100], config: false });
    expect(node('/cell/limits/few')).toMatchObject({ type: 'uint8', range: [0, 40], config: true });
    expect(node('/cell/limits/low')).toMatchObject({ type: 'uint8', range: [0, 40] });
    expect(node('/cell/limits/odd')).toMatchObject({
      type: 'enumeration',
      enums: ['a', 'b'],
      rules: ["../top > '1'"],
    });
    expect(node('/cell/limits/acme-other:more')).toMatchObject({ type: 'int32' });
    expect(node('/cell/mass')).toMatchObject({ kind: 'leaf', type: 'decimal64' });
    expect(node('/cell/small')).toMatchObject({ type: 'empty' });
    expect(node('/cell/more')).toMatchObject({ type: 'leafref', rules: ["../part = 'x'"] });
    expect(node('/cell/extra')).toMatchObject({ type: 'boolean' });
  });
  it('has no node that the modules do not have', () => {
    for (const path of ['/cell/kind', '/cell/limits/more', '/nothing', '/cell/name/x'])
      expect(node(path)).toBeNull();
    expect(schema.nodeAt('/nowhere:cells')).toBeNull();
  });
  it('ends where a grouping uses itself, and knows no type that nobody defines', () => {
    expect(node('/deeper/x')).toMatchObject({ type: null });
    expect(node('/deeper/deeper')).toBeNull();
  });
  it('is not made of texts that are no YANG', () => {
    for (const text of [
      '',
      'module',
      'module x {',
      'module x { } }',
      'container x { }',
      'module x { leaf "a }',
      `module x { ${'container a { '.repeat(100)}${'}'.repeat(101)}`,
    ])
      expect(() => yangSchema([text])).toThrow(RangeError);
    expect(() => yangSchema([base, base])).toThrow('stands twice');
  });
  it('is compared with the file of a binding', () => {
    const faults = bindingFaults(file({ one: leaf('nothing') }) as BindingFile, schema.nodeAt);
    expect(faults.map(({ pointer }) => pointer)).toContain(`${at}/path`);
    expect(bindingFaults(ownBinding.file, schema.nodeAt).length).toBeGreaterThan(10);
  });
});
