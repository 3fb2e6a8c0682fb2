import type { Violation } from '@interlock/contracts';

import { pointerPart } from './pointer.js';

/**
 * An open object or list during the walk: the current place in it, and the names that an object has
 * already had.
 */
type Open = { key: string; index: number; readonly names: Set<string> | null; expectsName: boolean };

/** Returns the end of the string that begins at `start`: the next unescaped quote. */
const endOfString = (text: string, start: number): number => {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text[before] === '\\') before -= 1;
    if ((end - before) % 2 === 1) return end;
  }
};

/** The message about -0, which some languages write for a small number below 0 after rounding. */
export const negativeZero = 'must not be negative zero';

const faultOfNumber = (literal: string): string | undefined => {
  const value = Number(literal);
  if (!Number.isFinite(value)) return 'must be a number that can be held: it is too large';
  if (Object.is(value, -0)) return negativeZero;
  const isKept = !/^-?\d+$/.test(literal) || `${value}` === literal || BigInt(value) === BigInt(literal);
  return isKept ? undefined : 'must be a whole number that can be held: digits of this one would be lost';
};

/**
 * Returns faults that `JSON.parse` ignores, each with its pointer. These are a repeated name in an
 * object (the last one would win), negative zero, and numbers that are too large or lose digits.
 * The text must be JSON and must not nest deep. At most `most` faults are returned.
 */
export const jsonTextFaults = (text: string, most: number): readonly Violation[] => {
  const found: Violation[] = [];
  const open: Open[] = [];
  const fault = (detail: string): void => {
    found.push({ pointer: open.map(({ key }) => `/${pointerPart(key)}`).join(''), detail });
  };
  const number = /-?\d[\d.eE+-]*/y;
  for (let at = 0; at < text.length && found.length < most; at += 1) {
    const sign = text[at]!;
    const inside = open.at(-1);
    if (sign === '{') open.push({ key: '', index: 0, names: new Set(), expectsName: true });
    else if (sign === '[') open.push({ key: '0', index: 0, names: null, expectsName: false });
    else if (sign === '}' || sign === ']') open.pop();
    else if (sign === ',' && inside !== undefined) {
      inside.index += 1;
      inside.expectsName = inside.names !== null;
      if (inside.names === null) inside.key = `${inside.index}`;
    } else if (sign === '"') {
      const end = endOfString(text, at);
      if (inside?.names && inside.expectsName) {
        const literal = text.slice(at, end + 1);
        const name = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
        inside.key = name;
        inside.expectsName = false;
        if (inside.names.has(name)) fault('must be given once');
        inside.names.add(name);
      }
      at = end;
    } else if (sign === '-' || (sign >= '0' && sign <= '9')) {
      number.lastIndex = at;
      const literal = number.exec(text)![0];
      const detail = faultOfNumber(literal);
      if (detail !== undefined) fault(detail);
      at += literal.length - 1;
    }
  }
  return found;
};
