import { schemaFaultText, type Violation } from '@interlock/contracts';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { stepsOf, type BindingFile, type LeafBinding } from './binding.js';
import { isNumeric } from './leaf-value.js';
import { bindingSchema } from './schema.js';

/**
 * The validator, compiled for the first file, because most programs with this library check none.
 */
let compiled: ValidateFunction<BindingFile> | undefined;
const shapeOf = (): ValidateFunction<BindingFile> =>
  (compiled ??= new Ajv({ allErrors: true, strict: false }).compile<BindingFile>(bindingSchema));

/** The most faults of a file's shape that are reported. */
const mostFaults = 64;

const faultOf = (fault: ErrorObject): Violation => {
  const { instancePath, params } = fault;
  const member: unknown = params['additionalProperty'] ?? params['missingProperty'] ?? params['propertyName'];
  return {
    pointer: typeof member === 'string' ? `${instancePath}/${member}` : instancePath,
    detail: fault.keyword === 'additionalProperties' ? 'is not known' : schemaFaultText(fault),
  };
};

/**
 * Matches forms of ids whose keys end at `,`, `=` or `/`, so that an id can be read in only one
 * way.
 */
const idForm = /^[^{}]*(?:\{[a-z]\w*\}(?:[,=/][^{}]*|$))+$/u;

const keysIn = (template: string): readonly string[] =>
  [...template.matchAll(/\{(\w+)\}/g)].map(([, key]) => key!);

/** Returns the steps of a path; undefined if it is invalid. */
const stepsIn = (path: string): ReturnType<typeof stepsOf> | undefined => {
  try {
    return stepsOf(path);
  } catch {
    return undefined;
  }
};

type Found = { readonly pointer: string; readonly leaf: LeafBinding };

/** Returns the contradictions within a file whose shape is valid. */
const contradictions = (file: BindingFile): readonly Violation[] => {
  const faults: Violation[] = [];
  const refuse = (pointer: string, detail: string): void => {
    faults.push({ pointer, detail });
  };
  for (const [i, name] of (file.identities ?? []).entries())
    if (!Object.hasOwn(file.modules, name.split(':')[0]!))
      refuse(`/identities/${i}`, `\`${name}\` is of no module of the binding`);
  if (!Object.hasOwn(file.modules, file.module))
    refuse('/module', `\`${file.module}\` is not among the modules`);
  const checkPath = (path: string, pointer: string): void => {
    const steps = stepsIn(path);
    if (steps === undefined) return refuse(pointer, `\`${path}\` is not a path of a model`);
    if (steps.every(({ module }) => module !== file.module))
      refuse(pointer, `the path is outside of the module \`${file.module}\``);
    for (const module of new Set(steps.map((step) => step.module)))
      if (!Object.hasOwn(file.modules, module)) refuse(pointer, `\`${module}\` is not among the modules`);
  };
  const placed = new Map<string, string>();
  const checkLeaf = ({ pointer, leaf }: Found, keys: readonly string[]): void => {
    checkPath(leaf.path, `${pointer}/path`);
    const twin = placed.get(leaf.path);
    if (twin !== undefined) refuse(`${pointer}/path`, `\`${twin}\` has the same path`);
    placed.set(leaf.path, pointer);
    for (const key of keysIn(leaf.path))
      if (!keys.includes(key)) refuse(`${pointer}/path`, `\`{${key}}\` is not a key of the entry`);
    if (leaf.presence !== undefined && !leaf.path.startsWith(`${leaf.presence}/`))
      refuse(`${pointer}/presence`, 'is not above the leaf');
    if (leaf.config && leaf.type === 'enumeration' && leaf.values === undefined)
      refuse(`${pointer}/values`, 'an enumeration that is written has values');
    if (leaf.config && isNumeric(leaf.type) && leaf.range === undefined)
      refuse(`${pointer}/range`, 'a number that is written has a range');
    if (leaf.range !== undefined && leaf.range[0] > leaf.range[1])
      refuse(`${pointer}/range`, 'the least value is above the greatest one');
  };
  const checkReadBack = (
    { pointer, leaf }: Found,
    siblings: { readonly [name: string]: LeafBinding },
  ): void => {
    const { read_back: readBack } = leaf;
    if (!leaf.config) {
      if (readBack !== undefined) refuse(`${pointer}/read_back`, 'state is not written');
    } else if (readBack === undefined)
      refuse(`${pointer}/read_back`, 'a leaf that is written says what is read back');
    else if (readBack !== 'running') {
      const shown = Object.hasOwn(siblings, readBack) ? siblings[readBack] : undefined;
      if (shown?.config !== false)
        refuse(`${pointer}/read_back`, `\`${readBack}\` is not a state leaf of the class`);
      else if (shown.type !== leaf.type)
        refuse(`${pointer}/read_back`, `\`${readBack}\` is not of the type \`${leaf.type}\``);
    }
  };
  for (const [entity, { entry, feature, id, leaves }] of Object.entries(file.classes)) {
    const at = `/classes/${entity}`;
    checkPath(entry, `${at}/entry`);
    if (feature !== undefined && !Object.hasOwn(file.modules, feature.split(':')[0]!))
      refuse(`${at}/feature`, `\`${feature}\` is of no module of the binding`);
    if (id !== undefined && (!idForm.test(id) || new Set(keysIn(id)).size < keysIn(id).length))
      refuse(`${at}/id`, 'has each key once, and `,`, `=` or `/` after it');
    for (const [name, leaf] of Object.entries(leaves)) {
      const found = { pointer: `${at}/leaves/${name}`, leaf };
      checkLeaf(found, [...keysIn(entry), ...keysIn(id ?? '')]);
      checkReadBack(found, leaves);
    }
  }
  for (const [name, leaf] of Object.entries(file.kpis)) {
    checkLeaf({ pointer: `/kpis/${name}`, leaf }, [
      ...keysIn(file.classes.cell?.entry ?? ''),
      ...keysIn(file.classes.cell?.id ?? ''),
    ]);
    if (leaf.config || !isNumeric(leaf.type)) refuse(`/kpis/${name}`, 'a KPI is a number of state');
  }
  return faults;
};

/** Returns a binding file, or every fault that can be found without its model. */
export const readBinding = (
  value: unknown,
): { readonly file: BindingFile } | { readonly faults: readonly Violation[] } => {
  const validate = shapeOf();
  if (!validate(value)) return { faults: (validate.errors ?? []).slice(0, mostFaults).map(faultOf) };
  const faults = contradictions(value);
  return faults.length > 0 ? { faults } : { file: value };
};
