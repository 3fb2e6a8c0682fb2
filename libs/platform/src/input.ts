import type { Violation } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

import { jsonTextFaults } from './json-text.js';
import { pointerPart } from './pointer.js';
import { sealedLooking, unstorableText } from './storable-text.js';

/** Deepest nesting of what comes from outside. */
export const depthLimit = 64;
/** Most members of one object: what makes instances of DTOs takes a time that grows with their square. */
const widthLimit = 5000;
/** Most objects and lists of one input. A DTO may be made of each of them, and each member that it lacks is a fault. */
const mostStructures = 20_000;
/** So many faults of one kind are named of one input; whoever sends more of them finds the rest at the next try. */
const mostFaults = 100;

/** JSON from outside, as it was read; nothing may be done with a value that has faults but to refuse it. */
export type Input = { readonly text: string; readonly value: unknown; readonly faults: readonly Violation[] };

const isNested = (member: unknown): member is object => typeof member === 'object' && member !== null;

/** How many objects and lists a value holds, itself among them; undefined where it nests deeper than `limit`. */
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

/** True where a value nests deeper than `limit`; walks level by level, for what is too deep would overflow a recursion. */
export const isDeeperThan = (value: unknown, limit: number): boolean =>
  structuresWithin(value, limit) === undefined;

/** What every object has by itself: a member of that name would stand in its place, for whoever reads the object later. */
const isRefusedName = (name: string): boolean =>
  name === 'prototype' || Object.hasOwn(Object.prototype, name);

/** Where a value has members with such names, or more members than any object needs. It must not nest deep. */
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

/** The value without the members whose names are refused, so that what else is wrong with it can be looked for. It must not nest deep. */
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
 * What no service takes from outside, whatever its schema says: nesting beyond 64 levels, more than 20,000 objects and lists, names that every object has, text that can not be stored or that
 * was sealed for a person. Looked for before anything else reads the value.
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
 * Reads JSON from outside, the one way for HTTP and the bus, and names what no service takes (`inputFaults`), names that are given twice, and numbers that
 * can not be held. Throws `malformed-json` where the bytes are not UTF-8 or not JSON.
 */
export const readInput = (bytes: Uint8Array): Input => {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw new ProblemError('malformed-json', 'the text is not UTF-8', { cause });
  }
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

/** The refusal of an input with these faults. */
export const refusedInput = (what: string, violations: readonly Violation[]): ProblemError =>
  new ProblemError(
    'validation-failed',
    `${what} has ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}`,
    { violations },
  );
