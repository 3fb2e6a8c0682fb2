import { RE2JS } from 're2js';
import { cutText } from './text.js';

/**
 * The limits for a pattern from outside: its length, the instructions of its program, and the work
 * of one check. The work is the number of characters of the text, times the instructions.
 */
export const patternLimits = { characters: 256, instructions: 256, work: 500_000 } as const;

/**
 * An error for a refused pattern. `message` continues a sentence about it ("is a pattern that …").
 */
class PatternRefused extends Error {}
/**
 * An error for a match that would take more than `patternLimits.work`, so its result is unknown.
 */
export class PatternWorkExceeded extends Error {}

/** JavaScript's white space, as ranges of code points. */
const space =
  '\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const notSpace =
  '\\x00-\\x08\\x0e-\\x1f!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';
const notLineEnd = '[^\\n\\r\\x{2028}\\x{2029}]';

const escape = String.raw`\\u(?<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?<low>[dD][c-fC-F][0-9a-fA-F]{2})|\\[pP]\{[^}]*\}|\\[^]`;
const inClassPart = new RegExp(`${escape}|[^]`, 'uy');
const part = new RegExp(String.raw`${escape}|\(\?<[=!]|\(\?<[^>]*>|\(\?[=!]|\(\?[a-z-]+:|[^]`, 'uy');

const ofClass = (token: string): string => {
  if (token === '\\s') return space;
  if (token === '\\S') return notSpace;
  if (token === '\\b') return '\\x08';
  return token === '[' ? '\\[' : token;
};
const outsideClass = (token: string): string => {
  if (token === '\\s') return `[${space}]`;
  if (token === '\\S') return `[^${space}]`;
  if (token === '.') return notLineEnd;
  if (/^\\[1-9k]/.test(token)) throw new PatternRefused('is a pattern that refers back');
  if (/^\(\?<?[=!]$/.test(token)) throw new PatternRefused('is a pattern that looks around');
  if (/^\(\?[a-z-]+:$/.test(token)) throw new PatternRefused('is a pattern with flags for a part of it');
  // Group names are dropped, because nothing reads the content of a group.
  return token.startsWith('(?<') ? '(' : token;
};
const pairOf = (high: string, low: string): string =>
  `\\x{${(0x10000 + ((parseInt(high, 16) & 0x3ff) << 10) + (parseInt(low, 16) & 0x3ff)).toString(16)}}`;

/** Translates a pattern of JavaScript (flag `u`) into one of RE2 with the same meaning. */
const rewritten = (pattern: string): string => {
  let inClass = false;
  let written = '';
  for (let at = 0; at < pattern.length;) {
    const parts: RegExp = inClass ? inClassPart : part;
    parts.lastIndex = at;
    const [token = '', high, low] = parts.exec(pattern) ?? [];
    at += token.length;
    if (high !== undefined && low !== undefined) written += pairOf(high, low);
    else written += inClass ? ofClass(token) : outsideClass(token);
    inClass = inClass ? token !== ']' : token === '[';
  }
  return RE2JS.translateRegExp(written);
};

const compile = (pattern: string): RE2JS => {
  if (pattern.length > patternLimits.characters)
    throw new PatternRefused(`is a pattern of more than ${patternLimits.characters} characters`);
  try {
    new RegExp(pattern, 'u');
  } catch {
    throw new PatternRefused('is not a pattern');
  }
  let program: RE2JS;
  try {
    program = RE2JS.compile(rewritten(pattern));
  } catch (error) {
    if (error instanceof PatternRefused) throw error;
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : '';
    throw new PatternRefused(`is a pattern that RE2 does not take: ${cutText(why, 128)}`);
  }
  if (program.programSize() > patternLimits.instructions)
    throw new PatternRefused(
      `is a pattern whose repeats come to more than ${patternLimits.instructions} steps`,
    );
  return program;
};

const programs = new Map<string, RE2JS>();
const mostPrograms = 500;
/**
 * A program that holds more memory than this after a search is dropped. Otherwise hostile patterns
 * would hold megabytes each.
 */
const keptWork = 20_000;

const programOf = (pattern: string): RE2JS => {
  const known = programs.get(pattern);
  if (known !== undefined) {
    // The last element is the one that was used last.
    programs.delete(pattern);
    programs.set(pattern, known);
    return known;
  }
  const program = compile(pattern);
  programs.set(pattern, program);
  const [oldest] = programs.keys();
  if (programs.size > mostPrograms && oldest !== undefined) programs.delete(oldest);
  return program;
};

/** Returns why a pattern from outside is refused; null if it is accepted. */
export const linearPatternFault = (pattern: string): string | null => {
  try {
    programOf(pattern);
    return null;
  } catch (error) {
    if (error instanceof PatternRefused) return error.message;
    throw error;
  }
};

let left: number = patternLimits.work;

/**
 * Runs a check whose matches share the budget `patternLimits.work`. Checks do not nest. Throws what
 * the check throws.
 */
export const withPatternWork = <T>(check: () => T): T => {
  left = patternLimits.work;
  try {
    return check();
  } finally {
    left = patternLimits.work;
  }
};

/**
 * Returns true if a pattern of JavaScript (flag `u`) occurs in a text. It uses part of the
 * remaining work.
 */
const search = (pattern: string, text: string): boolean => {
  const program = programOf(pattern);
  const work = (text.length + 1) * program.programSize();
  if (work > left) throw new PatternWorkExceeded('takes more work than patterns may take: shorten its texts');
  left -= work;
  const found = program.test(text);
  if (work > keptWork) program.reset();
  return found;
};

/**
 * Returns true if a pattern of JavaScript (flag `u`) occurs in a text, in time linear in the text.
 * Throws `PatternRefused`, and `PatternWorkExceeded` if this match alone takes more than
 * `patternLimits.work`.
 */
export const matchesLinear = (pattern: string, text: string): boolean =>
  withPatternWork(() => search(pattern, text));

/** The object that Ajv makes of a pattern. Ajv distinguishes two patterns by their text. */
type Matcher = { readonly test: (text: string) => boolean; readonly toString: () => string };
const matcher = (pattern: string): Matcher => {
  programOf(pattern);
  return { test: (text) => search(pattern, text), toString: () => pattern };
};
/**
 * Ajv's option `code.regExp`. It matches patterns in linear time; the matches of one check run
 * within `withPatternWork`. Throws `PatternRefused`.
 */
export const linearRegExp = Object.assign(matcher, { code: 'linearRegExp' });
