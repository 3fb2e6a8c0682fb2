import { compileBinding, type Binding, type BindingFile } from './binding.js';
import managedElement from './files/_3gpp-common-managed-element@2026-11-28.json' with { type: 'json' };
import ietfAlarms from './files/ietf-alarms@2019-09-11.json' with { type: 'json' };
import ietfInterfaces from './files/ietf-interfaces@2014-05-08.json' with { type: 'json' };
import ietfRouting from './files/ietf-routing@2016-11-04.json' with { type: 'json' };
import interlockRan from './files/interlock-ran@2026-11-01.json' with { type: 'json' };
import openRanAlarms from './files/o-ran-fm@2026-11-28.json' with { type: 'json' };
import openRanPerformance from './files/o-ran-performance-management@2026-11-28.json' with { type: 'json' };
import openconfigInterfaces from './files/openconfig-interfaces@2021-04-06.json' with { type: 'json' };
import openconfigInstances from './files/openconfig-network-instance@2026-11-28.json' with { type: 'json' };
import openconfigQos from './files/openconfig-qos@2026-11-28.json' with { type: 'json' };

/** INVARIANT: the tests check each shipped file in the same way as a tenant's file. */
const shipped = (file: unknown): Binding => compileBinding(file as BindingFile);

/** The binding of Interlock's own model. Records that name no binding use it. */
export const ownBinding: Binding = shipped(interlockRan);

const all: readonly Binding[] = [
  ownBinding,
  ...[
    ietfInterfaces,
    ietfRouting,
    managedElement,
    openconfigInterfaces,
    openconfigQos,
    openconfigInstances,
  ].map(shipped),
  ...[ietfAlarms, openRanAlarms, openRanPerformance].map(shipped),
];

/** Bindings by their names, `<module>@<revision>`. */
export type BindingTable = ReadonlyMap<string, Binding>;

/** Every shipped binding. */
export const bindings: BindingTable = new Map(all.map((binding) => [binding.name, binding]));

/** The bindings that a device gets without a choice: those whose evidence is `run`. */
export const automaticBindings: readonly string[] = all
  .filter(({ file }) => file.evidence.status === 'run')
  .map(({ name }) => name);
