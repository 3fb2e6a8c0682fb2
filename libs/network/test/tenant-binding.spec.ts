import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import {
  bindings,
  parseSchemaNode,
  tenantBindingDecider,
  tenantBindingLoosens,
  type BindingFile,
  type TenantBindingCommand,
  type TenantBindingEvent,
} from '../src/index.js';

const shipped = bindings.get('openconfig-interfaces@2021-04-06')!.file;
const { 'openconfig-interfaces': main } = shipped.modules;
const file = (over: Partial<BindingFile> = {}): BindingFile => ({
  ...shipped,
  modules: { 'openconfig-interfaces': { ...main!, revision: '2024-04-04' } },
  evidence: { status: 'unverified', by: 'the vendor' },
  ...over,
});
const name = 'openconfig-interfaces@2024-04-04';
const check = { by: 'interlock', modules: [] };
const add = (own: BindingFile = file(), called = name): TenantBindingCommand => ({
  kind: 'AddDeviceBinding',
  name: called,
  file: own,
  check,
});
const added = { type: 'DeviceBindingAdded', data: { name, file: file(), check } } as const;
const removed = { type: 'DeviceBindingRemoved', data: { name } } as const;
const stateOf = (...events: readonly TenantBindingEvent[]) => fold(tenantBindingDecider, events);
const decide = (command: TenantBindingCommand, ...events: readonly TenantBindingEvent[]) =>
  tenantBindingDecider.decide(command, stateOf(...events));
const pointersOf = (work: () => unknown): readonly string[] => {
  try {
    work();
    return [];
  } catch (error) {
    return (error as { readonly violations?: readonly { readonly pointer: string }[] }).violations!.map(
      ({ pointer }) => pointer,
    );
  }
};

describe('the binding of a tenant', () => {
  it('is added once, and is the same when the same file comes again', () => {
    expect(decide(add())).toEqual([added]);
    expect(decide(add(), added)).toEqual([]);
  });

  it('is replaced only after it was removed, and is still known then', () => {
    const other = file({ evidence: { status: 'unverified', by: 'another handbook' } });
    const remove = { kind: 'RemoveDeviceBinding', name } as const;
    expect(() => decide(add(other), added)).toThrow('there is another binding');
    expect(decide(remove, added)).toEqual([removed]);
    expect(stateOf(added, removed)).toEqual({ present: false, last: added.data });
    expect(decide(add(other), added, removed)).toHaveLength(1);
    expect(decide(remove)).toEqual([]);
  });

  it('is not one that Interlock ships, claims no evidence, and has the name of its model', () => {
    const refused = (command: TenantBindingCommand): readonly string[] => pointersOf(() => decide(command));
    const own = file({ modules: shipped.modules });
    expect(() => decide(add(own, 'openconfig-interfaces@2021-04-06'))).toThrow('Interlock ships');
    expect(refused(add(file({ evidence: { status: 'run', by: 'me' } })))).toEqual(['/evidence/status']);
    expect(refused(add(file(), 'other@2024-04-04'))).toEqual(['/module']);
    expect(refused(add(file({ module: 'nothing' })))).toContain('/module');
  });

  it('loosens when it is added, and never when it is removed', () => {
    const [before, after] = [tenantBindingDecider.initial, { present: true, last: added.data }];
    expect(tenantBindingLoosens(before, after)).toMatchObject([{ pointer: '/binding' }]);
    expect(tenantBindingLoosens(after, { ...after, present: false })).toEqual([]);
    expect(tenantBindingLoosens(after, after)).toEqual([]);
  });
});

describe('a node as yanglint prints it', () => {
  it('has the outer range of a leaf whose range has gaps', () => {
    const text = 'leaf x {\n  type uint8 {\n    range "1 .. 4 | 10 .. 20";\n  }\n  config true;\n}\n';
    expect(parseSchemaNode(text)).toMatchObject({ kind: 'leaf', type: 'uint8', range: [1, 20] });
    expect(parseSchemaNode(text.replace('1 .. 4 | 10 .. 20', '-5..7.5'))).toMatchObject({ range: [-5, 7.5] });
    expect(parseSchemaNode('')).toBeNull();
  });
});
