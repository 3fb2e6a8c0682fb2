import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bindingModules, hasBindingModules, lintWithBinding } from '@interlock/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  bindingFaults,
  bindings,
  bindTo,
  compileBinding,
  contextFaults,
  editsOf,
  exactLibrary,
  fillPath,
  modelFor,
  ownBinding,
  parseSchemaNode,
  planOfEdits,
  readBinding,
  readsStateBack,
  unshownChanges,
  type Binding,
  type BindingFile,
  type Effect,
  type LeafBinding,
  type LeafEdit,
  yangSchema,
  type YangLibrary,
} from '../src/index.js';

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const faultsOf = (name: string, file: BindingFile) =>
  bindingFaults(file, (path) =>
    parseSchemaNode(lintWithBinding(name, ['-f', 'info', '-q', '-P', path]).stdout),
  );

/** The texts of a binding's modules, and of all that they import. */
const textsOf = (name: string): readonly string[] => {
  const { dir, files } = bindingModules[name]!;
  const there = readdirSync(dir);
  const texts = new Map<string, string>();
  const take = (file: string): void => {
    if (texts.has(file)) return;
    const text = readFileSync(resolve(dir, file), 'utf8');
    texts.set(file, text);
    for (const [, module] of text.matchAll(/^\s*import\s+([\w.-]+)/gm)) {
      const found = [...texts.keys(), ...there].find((one) => one.replace(/(@.*)?\.yang$/, '') === module);
      if (found !== undefined) take(found);
    }
  };
  files.forEach(take);
  return [...texts.values()];
};
const ownFaultsOf = (name: string, file: BindingFile) =>
  bindingFaults(file, yangSchema(textsOf(name)).nodeAt);
const contextFaultsOf = (name: string, file: BindingFile) => contextFaults(file, yangSchema(textsOf(name)));

const checked = [...bindings.keys()].filter(hasBindingModules);
const leftOut = [...bindings.keys()].filter((name) => !hasBindingModules(name));

describe('the shipped bindings', () => {
  it('each have modules to be checked against', () => {
    expect(Object.keys(bindingModules).sort()).toEqual([...bindings.keys()].sort());
    for (const name of leftOut)
      process.stdout.write(`left out: the check of ${name} (yanglint or its modules are not installed)\n`);
  });

  it.each(checked)(
    '%s names only what its model has: paths, types, keys, values, ranges and rules',
    (name) => {
      expect(faultsOf(name, bindings.get(name)!.file)).toEqual([]);
      expect(ownFaultsOf(name, bindings.get(name)!.file)).toEqual([]);
      expect(contextFaultsOf(name, bindings.get(name)!.file)).toEqual([]);
    },
  );

  it.each([...bindings.keys()])('%s is a file that a tenant could bring', (name) => {
    const { file } = bindings.get(name)!;
    expect(readBinding(file)).toEqual({ file });
  });
});

describe('the table of bindings in the documents', () => {
  it('says of each what shows that it is right', () => {
    const text = readFileSync(root('docs/bindings.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([^`]+@[^`]+)`[^|]*\|[^|]*\| _(\w+)_ /gm)];
    expect(rows.map(([, name, status]) => [name, status]).sort()).toEqual(
      [...bindings.values()].map(({ name, file }) => [name, file.evidence.status]).sort(),
    );
  });
});

describe('a binding that is wrong', () => {
  const { file } = ownBinding;
  const cell = file.classes.cell!;
  const withLeaf = (leaf: string, over: Partial<LeafBinding>): BindingFile => ({
    ...file,
    classes: {
      ...file.classes,
      cell: { ...cell, leaves: { ...cell.leaves, [leaf]: { ...cell.leaves[leaf]!, ...over } } },
    },
  });
  const power = '/classes/cell/leaves/max_tx_power';
  const cases: readonly (readonly [string, BindingFile, string])[] = [
    ['a path', withLeaf('max_tx_power', { path: `${cell.entry}/attributes/nope` }), `${power}/path`],
    ['a type', withLeaf('max_tx_power', { type: 'uint8' }), `${power}/type`],
    ['a range', withLeaf('max_tx_power', { range: [0, 601] }), `${power}/range`],
    ['what is state', withLeaf('max_tx_power', { config: false }), `${power}/config`],
    ['a rule', withLeaf('max_tx_power', { rules: ['../x'] }), `${power}/rules`],
    ['a presence', withLeaf('max_tx_power', { presence: `${cell.entry}/attributes` }), `${power}/presence`],
    [
      'a value',
      withLeaf('administrative_state', { values: { LOCKED: 'SHUT' } }),
      '/classes/cell/leaves/administrative_state/values',
    ],
    ['the keys of a list', { ...file, lists: {} }, '/lists'],
  ];
  if (hasBindingModules(ownBinding.name))
    it.each(cases)('is refused for %s that the model does not have', (_what, wrong, pointer) => {
      expect(faultsOf(ownBinding.name, wrong).map((fault) => fault.pointer)).toContain(pointer);
      expect(ownFaultsOf(ownBinding.name, wrong)).toEqual(faultsOf(ownBinding.name, wrong));
    });

  it('cannot be made of a path without a module', () => {
    expect(() => compileBinding(withLeaf('max_tx_power', { path: '/ran/cell' }))).toThrow(RangeError);
    expect(() => compileBinding(withLeaf('max_tx_power', { path: '/other:ran' }))).toThrow(RangeError);
  });
});

/** Keys and values that are of a form of their own; everything else is any text. */
const special: { readonly [name: string]: string } = {
  protocol: 'static',
  prefix: '10.0.0.0/8',
  sequence: '1',
  counter: 'RX_LATE',
  alarm_type: '{urn:acme:alarms}link-alarm',
};
const namesIn = (path: string): { readonly [key: string]: string } =>
  Object.fromEntries(
    keysIn(path).map((key) => [
      key,
      key === 'prefix' && path.includes('ipv6') ? '2001:db8::/32' : (special[key] ?? key),
    ]),
  );
const keysIn = (path: string): readonly string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, key]) => key!);

/**
 * For each leaf that can be written, the least and the greatest value, or each word; for a key, its
 * value.
 */
const valuesOf = (name: string, leaf: LeafBinding): readonly (string | number | boolean)[] => {
  const own = [...leaf.path.matchAll(/\[([\w-]+)=\{(\w+)\}\]/g)].find(([, one]) =>
    leaf.path.endsWith(`]/${one!}`),
  );
  if (own !== undefined) return [special[own[2]!] ?? own[2]!];
  if (name === 'next_hop')
    return leaf.path.includes('ipv6') ? ['2001:db8::1', '2001:db8::2'] : ['192.0.2.1', '192.0.2.2'];
  if (leaf.type === 'boolean') return [true, false];
  if (leaf.values !== undefined) return Object.keys(leaf.values);
  if (leaf.logarithmic === true) return leaf.range!.map((value) => 10 * Math.log10(value));
  if (leaf.range !== undefined) return leaf.range.map((value) => value / (leaf.per_unit ?? 1));
  return ['text', 'x'.repeat(leaf.max_length ?? 1)];
};
const effectsOf = (binding: Binding): readonly Effect[] =>
  Object.entries(binding.classes).flatMap(([entity, { leaves }]) =>
    Object.entries(leaves).flatMap(([leaf, at]) =>
      at.config
        ? valuesOf(leaf, at).map((value) => ({
            entity: entity as Effect['entity'],
            leaf,
            names: namesIn(at.path),
            value,
          }))
        : [],
    ),
  );

describe('every edit that a binding can plan', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'bindings-'));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  // yanglint takes no leaf without its value, so edits that remove a leaf are not shown to it.
  const written = checked.filter((name) => effectsOf(bindings.get(name)!).length > 0);
  it.each(written)('of %s is valid for its model, and so is the edit that takes it back', (name) => {
    const binding = bindings.get(name)!;
    const model = bindTo(binding, exactLibrary(binding));
    const effects = effectsOf(binding);
    const editOf = (effect: Effect): LeafEdit => {
      const present = binding.classes[effect.entity]!.leaves[effect.leaf]!.presence_template;
      const running = {
        [`${fillPath(binding.classes[effect.entity]!.entry, effect.names)}/there`]: '',
        ...(present === null ? {} : { [fillPath(present, effect.names)]: '' }),
      };
      const { edits, violations } = editsOf(model, running, [effect]);
      expect(violations).toEqual([]);
      return edits[0]!;
    };
    for (const effect of effects) {
      const edit = editOf(effect);
      const different = effects.find(
        (one) => one.entity === effect.entity && one.leaf === effect.leaf && one.value !== effect.value,
      );
      const other = different === undefined ? undefined : editOf(different);
      const plan = planOfEdits(
        { device_id: 'd', site_id: null, neighbours: [], entries: [] },
        model,
        'p',
        other === undefined ? {} : { [other.path]: other.value! },
        [edit],
      );
      expect(plan.changes).toHaveLength(1);
      for (const xml of [plan.edit_xml, plan.inverse_xml]) {
        const data = join(home, 'edit.xml');
        writeFileSync(data, xml);
        const { status, stderr } = lintWithBinding(name, ['-t', 'edit'], data);
        expect({ xml, status, stderr }).toEqual({ xml, status: 0, stderr: '' });
      }
    }
  });
});

describe('a device', () => {
  const ietf = bindings.get('ietf-interfaces@2014-05-08')!;
  const exact = exactLibrary(ietf);
  const withModule = (name: string, over: Partial<YangLibrary['modules'][number]>): YangLibrary => ({
    ...exact,
    modules: exact.modules.map((module) => (module.name === name ? { ...module, ...over } : module)),
  });
  const access = (library: YangLibrary) => {
    const model = bindTo(ietf, library);
    return [
      model.access,
      model.leaves.get('interface.enabled')?.access,
      model.leaves.get('interface.mtu')?.access,
    ];
  };

  it('with exactly the modules can be changed, but not where the model says state', () => {
    expect(access(exact)).toEqual(['change', 'change', 'change']);
    expect(bindTo(ietf, exact).leaves.get('interface.oper_status')).toEqual({
      access: 'read',
      why: 'it is state',
    });
  });
  it('with a revision that the binding states as compatible can be changed', () => {
    expect(access(withModule('ietf-interfaces', { revision: '2018-02-20' }))).toEqual([
      'change',
      'change',
      'change',
    ]);
  });
  it('with any other revision is read only', () => {
    for (const revision of ['2030-01-01', null])
      expect(access(withModule('ietf-interfaces', { revision }))).toEqual(['read', 'read', 'read']);
  });
  it('that augments at another revision is read only there', () =>
    expect(access(withModule('ietf-ip', { revision: '2030-01-01' }))).toEqual(['change', 'change', 'read']));
  it('whose module is changed by deviations that the binding does not know is read only', () => {
    expect(access(withModule('ietf-interfaces', { deviations: ['acme-dev'] }))).toEqual([
      'read',
      'read',
      'read',
    ]);
  });
  it('without the module, or with another namespace under its name, has nothing', () => {
    expect(access({ ...exact, modules: [] })).toEqual(['none', 'none', 'none']);
    expect(access(withModule('ietf-interfaces', { namespace: 'urn:x' }))[0]).toBe('none');
  });
  it('without a feature cannot do what needs it', () => {
    const alarms = bindings.get('ietf-alarms@2019-09-11')!;
    const bare = exactLibrary(alarms);
    const model = bindTo(alarms, { ...bare, modules: bare.modules.map((one) => ({ ...one, features: [] })) });
    expect(model.leaves.get('shelf.description')?.access).toBe('none');
    expect(model.leaves.get('alarm.severity')?.access).toBe('read');
  });
  it('serves a class by the first of its models that places it', () => {
    const models = [bindTo(ownBinding, exact), bindTo(ietf, exact)];
    expect(modelFor(models, 'interface')?.binding).toBe(ietf);
    expect(modelFor(models, 'cell')).toBeUndefined();
  });
});

describe('the values of a binding', () => {
  const model = bindTo(ownBinding, exactLibrary(ownBinding));
  const codes = (effect: Omit<Effect, 'names'>): readonly string[] =>
    editsOf(model, {}, [{ ...effect, names: { cell: 'c1', neighbour: 'c2' } }]).violations.map(
      ({ code }) => code,
    );

  it('are in our units, and within the range and the step of the leaf', () => {
    const power = { entity: 'cell', leaf: 'max_tx_power' } as const;
    expect(codes({ ...power, value: 46 })).toEqual([]);
    for (const value of [60.1, -1, 43.25, Number.NaN, 'much'])
      expect(codes({ ...power, value })).toEqual(['value-unfit']);
  });
  it('are words that the binding knows', () => {
    expect(codes({ entity: 'cell', leaf: 'administrative_state', value: 'SHUT' })).toEqual(['value-unfit']);
    expect(codes({ entity: 'neighbour', leaf: 'ho_allowed', value: 'maybe' })).toEqual(['value-unfit']);
  });
  it('go to leaves that it places', () =>
    expect(codes({ entity: 'cell', leaf: 'tilt', value: 1 })).toEqual(['leaf-not-bound']));
});

describe('what is read back of the state of a device', () => {
  const binding = bindings.get('openconfig-interfaces@2021-04-06')!;
  const change = (leaf: string, after: string | null, container = 'config') => ({
    path: `/interfaces/interface[name='eth0']/${container}/${leaf}`,
    before: null,
    after,
  });
  const state = (leaf: string): string => change(leaf, null, 'state').path;

  it('has to show what was written, where the binding says so', () => {
    const changes = [change('mtu', '1400'), change('enabled', 'false')];
    expect(readsStateBack(binding, changes)).toBe(true);
    expect(unshownChanges(binding, changes, { [state('mtu')]: '1400', [state('enabled')]: 'false' })).toEqual(
      [],
    );
    expect(unshownChanges(binding, changes, { [state('mtu')]: '1500' })).toMatchObject([
      { code: 'not-applied', path: changes[0]!.path },
      { code: 'not-applied', path: changes[1]!.path },
    ]);
  });
  it('is nothing for a removed leaf, an unbound one, or one that is read from running alone', () => {
    expect(readsStateBack(binding, [change('mtu', null), change('type', 'x')])).toBe(false);
    const cell = `/ran/cell[id='c1']/attributes/administrativeState`;
    expect(readsStateBack(ownBinding, [{ path: cell, before: 'UNLOCKED', after: 'LOCKED' }])).toBe(false);
  });
});
