import { counted, plainValue } from '../format.js';
import { boundsFault, parseText } from './editor/text.js';
import { member, rulesOf, type DraftRule } from './rules.js';

/** What a file turned out to be. */
export type ReadFile =
  | { readonly kind: 'refused'; readonly why: string }
  | {
      readonly kind: 'signed' | 'plain';
      readonly value: unknown;
      readonly version: string;
      readonly rules: readonly DraftRule[];
      /** Of a signed file: where it comes from and until when it can be imported. */
      readonly from: string | undefined;
      readonly expires: string | undefined;
      /** What is odd and harmless, in words. */
      readonly notes: readonly string[];
    };

/**
 * Marks that turn the direction of reading, or that nobody sees: names that hold them look like
 * others.
 */
const hidden = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
const markup = /<[a-z!/]|javascript:/i;
const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.slice(0, 200) : undefined;

/** A name as it really is: what turns the direction, or is not seen, is written out. */
export const plainName = (name: string): string =>
  name.replaceAll(
    new RegExp(hidden, 'g'),
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * What somebody chose to import, looked at before anything of it is sent: whatever it is, it does
 * nothing here.
 */
export const readImport = (content: string): ReadFile => {
  const bounds = boundsFault(content);
  if (bounds !== undefined) return { kind: 'refused', why: bounds };
  const { value, faults } = parseText(content);
  if (faults[0] !== undefined)
    return {
      kind: 'refused',
      why: `It is no JSON: ${faults[0].message} (at character ${faults[0].from + 1})`,
    };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { kind: 'refused', why: `It is no bundle: it holds ${plainValue(value, 40)}.` };
  const signed = member(value, 'format') === 'interlock-bundle/1';
  const bundle = signed ? member(value, 'bundle') : value;
  const list = member(bundle, 'rules');
  if (!Array.isArray(list))
    return {
      kind: 'refused',
      why:
        text(member(value, 'format')) === undefined || signed
          ? 'It is no bundle: it has no list of rules.'
          : `It is of the format ${plainName(text(member(value, 'format')) ?? '').slice(0, 60)}, which is not known here.`,
    };
  const rules = rulesOf(bundle);
  if (list.length > 10_000)
    return { kind: 'refused', why: `It has ${list.length} rules; at most 10,000 are taken.` };
  const names = rules.flatMap(({ id, agent, action, reason }) => [id, agent, action, reason]);
  const all = [...names, text(member(bundle, 'notes')) ?? '', text(member(bundle, 'version')) ?? ''];
  const notes = [
    ...(list.length === rules.length
      ? []
      : [`${counted(list.length - rules.length, 'entry', 'entries')} of its rules are no rules.`]),
    ...(all.some((name) => hidden.test(name))
      ? ['It holds marks that turn the direction of reading or are not seen; they are written out here.']
      : []),
    ...(all.some((name) => markup.test(name))
      ? ['It holds what looks like markup or a script; here it is text and nothing else.']
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
