import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { ProblemError } from '@interlock/kernel';

import { faultsOf } from './validation.js';

/** Converts texts of the environment to the property's own type: numbers, and `true`/`false`. */
const coerce = (text: string, type: unknown): unknown => {
  if (type === Number) return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
  if (type === Boolean) return text === 'true' ? true : text === 'false' ? false : text;
  return text;
};

/**
 * Reads a service's configuration: a class with one property for each variable (`RELAY_BATCH_SIZE =
 * 100`). It has class-validator's decorators, and the defaults are the initial values. Empty counts
 * as absent. Throws one `validation-failed` that names every faulty variable, never a value.
 */
export const readConfig = <T extends object>(
  Class: new () => T,
  environment: { readonly [name: string]: string | undefined },
): T => {
  const defaults = new Class();
  const names = new Set(Object.keys(defaults));
  const values: { [name: string]: unknown } = {};
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || text === '') continue;
    const type: unknown = Reflect.getMetadata('design:type', Class.prototype, name);
    if (type === undefined && !names.has(name)) continue;
    values[name] = coerce(text, type ?? (defaults as { [name: string]: unknown })[name]?.constructor);
  }
  const config = plainToInstance(Class, values, { exposeDefaultValues: true });
  const violations = faultsOf(config, { strict: false });
  if (violations.length === 0) return config;
  throw new ProblemError(
    'validation-failed',
    `the environment has ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}: ${violations.map((v) => `${v.pointer.slice(1)} ${v.detail}`).join('; ')}`,
    {
      violations,
      remedy: 'set the named variables and start again',
    },
  );
};
