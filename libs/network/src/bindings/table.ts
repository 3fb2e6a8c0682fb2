import { compileBinding, type Binding } from './binding.js';
import { ietfAlarms } from './ietf-alarms.js';
import { ietfInterfaces } from './ietf-interfaces.js';
import { interlockRan } from './interlock-ran.js';
import { nrCellDu } from './nr-cell-du.js';
import { openconfigInterfaces } from './openconfig-interfaces.js';

/** The binding of Interlock's own model. Records that name no binding are of it. */
export const ownBinding: Binding = compileBinding(interlockRan);

const all: readonly Binding[] = [
  ownBinding,
  ...[ietfInterfaces, nrCellDu, openconfigInterfaces, ietfAlarms].map(compileBinding),
];

/** Every shipped binding by its name, `<module>@<revision>`. */
export const bindings: ReadonlyMap<string, Binding> = new Map(all.map((binding) => [binding.name, binding]));

/** The bindings that a device gets without a choice: those that a program shows to be right. */
export const automaticBindings: readonly string[] = all
  .filter(({ file }) => file.evidence.status === 'run')
  .map(({ name }) => name);
