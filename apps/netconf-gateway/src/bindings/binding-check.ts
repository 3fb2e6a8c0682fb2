import { createHash } from 'node:crypto';
import type { Violation } from '@interlock/contracts';
import { refuseViolations } from '@interlock/kernel';
import {
  bindingFaults,
  bindingName,
  boundPaths,
  contextFaults,
  moduleFaults,
  readBinding,
  rulesNotChecked,
  yangSchema,
  type BindingCheck,
  type BindingFile,
  type UncheckedRule,
  type YangSchema,
} from '@interlock/network';
import { yanglintNodes, yanglintVersion } from './yanglint.js';

const refuse = (faults: readonly Violation[]): void => refuseViolations(faults, 'the binding');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Reads the texts together. If that fails, each text is read alone, to name every fault. */
const schemaOf = (texts: readonly string[]): YangSchema => {
  try {
    return yangSchema(texts);
  } catch (error) {
    refuse(
      texts.flatMap((text, i) => {
        try {
          yangSchema([text]);
          return [];
        } catch (alone) {
          return [{ pointer: `/yang/${i}`, detail: (alone as Error).message }];
        }
      }),
    );
    refuse([{ pointer: '/yang', detail: (error as Error).message }]);
    throw error;
  }
};

/**
 * Returns the modules of a file, and the modules that the file knows to change them by deviations.
 */
export const loadedModules = ({ modules }: Pick<BindingFile, 'modules'>): readonly string[] => [
  ...new Set([...Object.keys(modules), ...Object.values(modules).flatMap((one) => one.deviations ?? [])]),
];

/** A binding file that agrees with its model. */
export type AgreedBinding = {
  readonly name: string;
  readonly file: BindingFile;
  readonly check: BindingCheck;
  /** The rules of the model that only a device can check. */
  readonly not_checked: readonly UncheckedRule[];
};

/** Checks the shape of a file. Throws `validation-failed`, which names every fault. */
export const bindingIn = (value: unknown): BindingFile => {
  const read = readBinding(value);
  refuse('faults' in read ? read.faults : []);
  return (read as { readonly file: BindingFile }).file;
};

/**
 * Compares a file with the YANG texts of its model, by yanglint if it is on the PATH, else by
 * Interlock's own parser. Throws `validation-failed`, which names every fault.
 */
export const checkBinding = async (file: BindingFile, texts: readonly string[]): Promise<AgreedBinding> => {
  const schema = schemaOf(texts);
  refuse(moduleFaults(file, schema));
  const version = await yanglintVersion();
  const nodes =
    version === null
      ? undefined
      : await yanglintNodes(
          schema.texts.map(({ name }, i) => ({ name, text: texts[i]! })),
          loadedModules(file),
          boundPaths(file),
        );
  if (nodes !== undefined && 'fault' in nodes) refuse([{ pointer: '/yang', detail: nodes.fault }]);
  const nodeAt =
    nodes === undefined || 'fault' in nodes ? schema.nodeAt : (path: string) => nodes.get(path) ?? null;
  try {
    refuse([...bindingFaults(file, nodeAt), ...contextFaults(file, schema)]);
  } catch (error) {
    if (error instanceof RangeError) refuse([{ pointer: '/yang', detail: error.message }]);
    throw error;
  }
  return {
    name: bindingName(file),
    file,
    check: {
      by: version ?? 'interlock',
      modules: schema.texts.map(({ name, revision }, i) => ({ name, revision, sha256: sha256(texts[i]!) })),
    },
    not_checked: rulesNotChecked(file),
  };
};
