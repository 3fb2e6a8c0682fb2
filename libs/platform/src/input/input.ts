import type { Violation } from '@interlock/contracts';
import { isProblem, jsonTextFaults, pointerPart, ProblemError } from '@interlock/kernel';

import { sealedLooking, unstorableText } from './storable-text.js';

/** The deepest nesting of outside input. */
export const depthLimit = 64;
/**
 * The largest number of members of one object, because the time to make instances of DTOs grows
 * with its square.
 */
const widthLimit = 5000;
/**
 * The largest number of objects and lists in one input. A DTO may be made from each, and each
 * missing member is a fault.
 */
const mostStructures = 20_000;
/**
 * The number of faults of one kind that are named for one input. The sender sees the others at the
 * next attempt.
 */
const mostFaults = 100;

/** JSON from outside, as it was read. A value with faults must be refused. */
export type Input = { readonly text: string; readonly value: unknown; readonly faults: readonly Violation[] };

const isNested = (member: unknown): member is object => typeof member === 'object' && member !== null;

/**
 * Returns the number of objects and lists within a value, including itself; undefined if it nests
 * deeper than `limit`.
 */
const structuresWithin = (value: unknown, limit: number): number | undefined => {
  let structures = 0;
  let level: readonly object[] = [value].filter(isNested);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= limit) return undefined;
    structures += level.length;
    level = level.flatMap((each) => Object.values(each).filter(isNested));
  }
  return structures;
};

/**
 * Returns true if a value nests deeper than `limit`. It walks level by level, because deep nesting
 * would overflow a recursion.
 */
export const isDeeperThan = (value: unknown, limit: number): boolean =>
  structuresWithin(value, limit) === undefined;

/**
 * Members that every object has. A member with such a name would replace them for later readers of
 * the object.
 */
const isRefusedName = (name: string): boolean =>
  name === 'prototype' || Object.hasOwn(Object.prototype, name);

/**
 * Returns the places where a value has members with such names, or more members than any object
 * needs. The value must not nest deep.
 */
export const refusedMembers = (value: unknown, pointer = ''): readonly Violation[] => {
  if (typeof value !== 'object' || value === null) return [];
  const members = Object.entries(value);
  const found: Violation[] =
    !Array.isArray(value) && members.length > widthLimit
      ? [{ pointer, detail: `must not have more than ${widthLimit} members` }]
      : [];
  for (const [name, member] of members) {
    const at = `${pointer}/${pointerPart(name)}`;
    if (isRefusedName(name))
      found.push({ pointer: at, detail: "must have another name: this one is every object's own" });
    found.push(...refusedMembers(member, at));
    if (found.length >= mostFaults) return found.slice(0, mostFaults);
  }
  return found;
};

/**
 * Returns the value without the members with forbidden names, so that its other faults can be
 * found. The value must not nest deep.
 */
export const withoutRefusedNames = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutRefusedNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !isRefusedName(name))
      .map(([name, member]) => [name, withoutRefusedNames(member)]),
  );
};

/**
 * Returns faults that no service accepts from outside, with any schema. These are nesting beyond 64
 * levels, more than 20,000 objects and lists, forbidden names, text that cannot be stored, and text
 * in sealed form. They are checked before anything else reads the value.
 */
export const inputFaults = (value: unknown): readonly Violation[] => {
  const structures = structuresWithin(value, depthLimit);
  if (structures === undefined)
    return [{ pointer: '', detail: `must not nest deeper than ${depthLimit} levels` }];
  if (structures > mostStructures)
    return [{ pointer: '', detail: `must not hold more than ${mostStructures} objects and lists` }];
  return [...refusedMembers(value), ...unstorableText(value), ...sealedLooking(value)];
};

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads JSON from outside, for HTTP and the bus alike. It reports the faults that no service
 * accepts (`inputFaults`), repeated names, and numbers that cannot be represented. Throws
 * `malformed-json` if the bytes are not UTF-8 or not JSON.
 */
export const readInput = (bytes: Uint8Array): Input => readText(decoded(bytes));

const decoded = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ProblemError('malformed-json', 'the text is not UTF-8', { cause });
  }
};

const readText = (text: string): Input => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProblemError('malformed-json', 'the text is not JSON', { cause });
  }
  const faults = inputFaults(value);
  return {
    text,
    value,
    faults: isDeeperThan(value, depthLimit) ? faults : [...jsonTextFaults(text, mostFaults), ...faults],
  };
};

/** Returns the faults of a line, none if it is not JSON. */
const lineFaults = (line: string): readonly Violation[] => {
  try {
    return readText(line).faults;
  } catch (error) {
    if (isProblem(error, 'malformed-json')) return [];
    throw error;
  }
};

/**
 * Reads NDJSON from outside, or one JSON array. Returns its text and the faults of `readInput`,
 * whose pointers begin with the place of the line's value, from 0. Lines that are not JSON are the
 * caller's to refuse. Throws `malformed-json` if the bytes are not UTF-8.
 */
export const readInputLines = (bytes: Uint8Array): Pick<Input, 'text' | 'faults'> => {
  const text = decoded(bytes);
  if (text.trimStart().startsWith('[')) return { text, faults: lineFaults(text) };
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const faults = lines.flatMap((line, place) =>
    lineFaults(line).map(({ pointer, ...fault }) => ({ ...fault, pointer: `/${place}${pointer}` })),
  );
  return { text, faults: faults.slice(0, mostFaults) };
};

/** Returns the refusal of an input with these faults. */
export const refusedInput = (what: string, violations: readonly Violation[]): ProblemError =>
  new ProblemError(
    'validation-failed',
    `${what} has ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}`,
    { violations },
  );
