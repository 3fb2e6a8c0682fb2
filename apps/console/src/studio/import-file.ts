import { counted, plainValue } from '../format.js';
import { boundsFault, parseText } from './editor/text.js';
import { member, rulesOf, type DraftRule } from './rules.js';

/** The result of reading a file. */
export type ReadFile =
  | { readonly kind: 'refused'; readonly why: string }
  | {
      readonly kind: 'signed' | 'plain';
      readonly value: unknown;
      readonly version: string;
      readonly rules: readonly DraftRule[];
      /** The source of a signed file. `expires` is the time until which it can be imported. */
      readonly from: string | undefined;
      readonly expires: string | undefined;
      /** Harmless oddities, in words. */
      readonly notes: readonly string[];
    };

/**
 * Characters that are invisible or change the reading direction. They make a name look like another
 * one.
 */
const hidden = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
const markup = /<[a-z!/]|javascript:/i;
const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.slice(0, 200) : undefined;

/** Returns a name with invisible and direction-changing characters escaped. */
export const plainName = (name: string): string =>
  name.replaceAll(
    new RegExp(hidden, 'g'),
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Reads a file before any of it is sent. Reading has no effect, whatever the file contains. */
export const readImport = (content: string): ReadFile => {
  const bounds = boundsFault(content);
  if (bounds !== undefined) return { kind: 'refused', why: bounds };
  const { value, faults } = parseText(content);
  if (faults[0] !== undefined)
    return {
      kind: 'refused',
      why: `The file is not valid JSON: ${faults[0].message} (at character ${faults[0].from + 1})`,
    };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { kind: 'refused', why: `The file is not a bundle: it holds ${plainValue(value, 40)}.` };
  const signed = member(value, 'format') === 'interlock-bundle/1';
  const bundle = signed ? member(value, 'bundle') : value;
  const list = member(bundle, 'rules');
  if (!Array.isArray(list))
    return {
      kind: 'refused',
      why:
        text(member(value, 'format')) === undefined || signed
          ? 'The file is not a bundle: it has no list of rules.'
          : `The file has the format ${plainName(text(member(value, 'format')) ?? '').slice(0, 60)}, which is unknown.`,
    };
  const rules = rulesOf(bundle);
  if (list.length > 10_000)
    return { kind: 'refused', why: `It has ${list.length} rules; the limit is 10,000.` };
  const names = rules.flatMap(({ id, agent, action, reason }) => [id, agent, action, reason]);
  const all = [...names, text(member(bundle, 'notes')) ?? '', text(member(bundle, 'version')) ?? ''];
  const notes = [
    ...(list.length === rules.length
      ? []
      : [`${counted(list.length - rules.length, 'entry', 'entries')} of its rules are invalid.`]),
    ...(all.some((name) => hidden.test(name))
      ? ['It contains invisible or direction-changing characters. They are written out here.']
      : []),
    ...(all.some((name) => markup.test(name))
      ? ['It contains text that looks like markup or a script. It is treated as plain text.']
      : []),
  ];
  return {
    kind: signed ? 'signed' : 'plain',
    value,
    version: plainName(text(member(bundle, 'version')) ?? 'without a version').slice(0, 40),
    rules,
    from: signed ? text(member(member(value, 'provenance'), 'tenant')) : undefined,
    expires: signed ? text(member(value, 'expires_at')) : undefined,
    notes,
  };
};
