import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  attributeOf,
  childElement,
  childElements,
  childText,
  elementAt,
  elementBuilder,
  parseXml,
  serialiseXml,
  textOf,
  withAttribute,
  XmlError,
  type XmlElement,
} from '../src/index.js';

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof XmlError) return error.code;
    throw error;
  }
  return 'accepted';
};

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((value) => value.trim() !== '' && !/[\u0000-\u001f\ufffe\uffff]/.test(value));
const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9._-]{0,8}$/);
const namespace = fc.constantFrom('urn:a', 'urn:b', '');
const attribute = fc.record({ name, namespace: fc.constantFrom('', 'urn:x', 'urn:y'), value: text });

const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
  tree: fc.record({
    name,
    namespace,
    attributes: fc.uniqueArray(attribute, { maxLength: 3, selector: (a) => `${a.namespace} ${a.name}` }),
    children: fc.oneof(
      { maxDepth: 3 },
      fc.array(text, { maxLength: 1 }),
      fc.array(tie('tree'), { maxLength: 4 }),
    ),
  }),
}));

const withoutPrefixes = (element: XmlElement): XmlElement => ({
  name: element.name,
  namespace: element.namespace,
  attributes: element.attributes,
  children: element.children.map((child) => (typeof child === 'string' ? child : withoutPrefixes(child))),
});

describe('the XML tree', () => {
  it('is unchanged after a round trip through text', () => {
    fc.assert(
      fc.property(tree, (element) =>
        expect(withoutPrefixes(parseXml(serialiseXml(element)))).toEqual(element),
      ),
    );
  });

  it('is never written with the end-of-message mark, whatever the text', () => {
    const el = elementBuilder('urn:a');
    const hostile = withAttribute(el('a', ']]>]]><&"\''), { name: 'b', namespace: '', value: ']]>]]>"<\n' });
    const written = serialiseXml(hostile);
    expect(written).not.toContain(']]>');
    expect(written.slice(0, -4)).not.toMatch(/[^a"/]>[^]*]>/);
    expect(textOf(parseXml(written))).toBe(']]>]]><&"\'');
    expect(attributeOf(parseXml(written), 'b')).toBe(']]>]]>"<\n');
  });

  it('identifies elements by namespace, not by prefix', () => {
    const one = parseXml('<a:x xmlns:a="urn:a"><a:y>1</a:y></a:x>');
    const other = parseXml('<x xmlns="urn:a"><y>1</y></x>');
    expect(withoutPrefixes(one)).toEqual(withoutPrefixes(other));
  });

  it('keeps prefixes that text may depend on', () => {
    const identity = parseXml('<type xmlns="urn:a" xmlns:if="urn:if">if:ethernet</type>');
    expect(serialiseXml(identity)).toBe('<type xmlns="urn:a" xmlns:if="urn:if">if:ethernet</type>');
  });

  it('declares a prefix for a foreign attribute, and reuses one in scope', () => {
    const el = elementBuilder('urn:a');
    const inner = withAttribute(el('c'), { name: 'op', namespace: 'urn:n', value: 'x' });
    expect(serialiseXml(el('r', inner))).toBe('<r xmlns="urn:a"><c xmlns:a0="urn:n" a0:op="x"/></r>');
    expect(serialiseXml({ ...el('r', inner), prefixes: { n: 'urn:n' } })).toBe(
      '<r xmlns="urn:a" xmlns:n="urn:n"><c n:op="x"/></r>',
    );
  });

  it('drops white space between elements, comments and instructions, keeps it in leaves, joins CDATA', () => {
    const root = parseXml(
      '<?xml version="1.0"?>\n<!-- c --><a>\n  <b> x </b>\n  <?pi?><c><![CDATA[1 < 2]]> &amp; 3</c>\n</a>',
    );
    expect(childElements(root).map((child) => textOf(child))).toEqual([' x ', '1 < 2 & 3']);
    expect(root.children).toHaveLength(2);
    expect(childText(root, 'b')).toBe('x');
  });

  it('refuses any document type', () => {
    expect(codeOf(() => parseXml('<!DOCTYPE a><a/>'))).toBe('doctype');
    expect(codeOf(() => parseXml('<!DOCTYPE a [<!ENTITY e "boom">]><a>&e;</a>'))).toBe('doctype');
    expect(codeOf(() => parseXml('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'))).toBe('doctype');
  });

  it.each([
    ['an open tag', '<a>'],
    ['crossed tags', '<a><b></a></b>'],
    ['two roots', '<a/><b/>'],
    ['nothing', ''],
    ['text only', 'hello'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['an undeclared prefix', '<x:a/>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['the same attribute under two prefixes', '<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>'],
    ['a control character', '<a>\u0001</a>'],
    ['a reference to a control character', '<a>&#1;</a>'],
    ['XML 1.1', '<?xml version="1.1"?><a/>'],
  ])('refuses %s', (_what, source) => expect(codeOf(() => parseXml(source))).toBe('malformed'));

  it('stops at its caps', () => {
    const deep = (n: number): string => '<a>'.repeat(n) + '</a>'.repeat(n);
    expect(codeOf(() => parseXml(deep(10), { maxDepth: 10 }))).toBe('accepted');
    expect(codeOf(() => parseXml(deep(11), { maxDepth: 10 }))).toBe('too_deep');
    expect(codeOf(() => parseXml(deep(200_000)))).toBe('too_deep');
    expect(codeOf(() => parseXml(`<a>${'<b/>'.repeat(10)}</a>`, { maxElements: 10 }))).toBe('too_large');
    expect(codeOf(() => parseXml('<a b="1" c="2" d="3"/>', { maxAttributes: 2 }))).toBe('too_large');
    expect(codeOf(() => parseXml('<a>12345</a>', { maxMessageBytes: 10 }))).toBe('too_large');
  });

  it('refuses characters that XML cannot contain', () => {
    const el = elementBuilder('urn:a');
    expect(() => serialiseXml(el('a', '\u0000'))).toThrow(RangeError);
    expect(() => serialiseXml(el('a', '\ud800'))).toThrow(RangeError);
    expect(() => serialiseXml(el('a b'))).toThrow(/`a b`/);
    expect(() => serialiseXml(el('a><script'))).toThrow(RangeError);
    expect(() => serialiseXml(withAttribute(el('a'), { name: 'x"y', namespace: '', value: '' }))).toThrow(
      RangeError,
    );
    expect(() =>
      serialiseXml(withAttribute(el('a'), { name: 'xmlns', namespace: '', value: 'urn:b' })),
    ).toThrow(/xmlns/);
    expect(serialiseXml(el('a', '😀'))).toContain('😀');
  });

  it('keeps a carriage return', () => {
    const el = elementBuilder('');
    expect(textOf(parseXml(serialiseXml(el('a', 'x\r\ny'))))).toBe('x\r\ny');
  });

  it('is traversed by local names', () => {
    const root = parseXml('<a><b><c>1</c></b><b xmlns="urn:o"><c>2</c></b></a>');
    expect(textOf(elementAt(root, 'b', 'c') ?? root)).toBe('1');
    expect(elementAt(root, 'b', 'nope', 'c')).toBeUndefined();
    expect(childElement(root, 'b', 'urn:o')?.namespace).toBe('urn:o');
    expect(childElements(root, 'b')).toHaveLength(2);
    expect(childText(root, 'nope')).toBeUndefined();
  });
});
