import { describe, expect, it } from '@jest/globals';
import { childElements, NetconfRpcError, parseXml, serialiseXml, type XmlElement } from '@interlock/netconf';
import { applyEdit } from '../src/device/edit.js';
import { RAN_NS, ranSchema } from '../src/device/schema.js';

const NC = 'xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"';
const parse = (inner: string): XmlElement[] =>
  childElements(parseXml(`<config ${NC}>${inner.replaceAll('<ran>', `<ran xmlns="${RAN_NS}">`)}</config>`));
const show = (config: readonly XmlElement[]): string =>
  config.map(serialiseXml).join('').replaceAll(` xmlns="${RAN_NS}"`, '');

const START =
  '<ran><cell><id>a</id><attributes><administrativeState>UNLOCKED</administrativeState><configuredMaxTxPower>400</configuredMaxTxPower></attributes>' +
  '<relation><target>b</target><attributes><isHOAllowed>false</isHOAllowed></attributes></relation></cell><cell><id>b</id></cell></ran>';

const edit = (inner: string, mode: 'merge' | 'replace' | 'none' = 'merge', start = START): string =>
  show(applyEdit(parse(start), parse(inner), ranSchema, mode));

const refusal = (inner: string, mode: 'merge' | 'replace' | 'none' = 'merge', start = START): unknown => {
  const before = parse(start);
  const text = show(before);
  try {
    applyEdit(before, parse(inner), ranSchema, mode);
  } catch (error) {
    if (!(error instanceof NetconfRpcError)) throw error;
    expect(show(before)).toBe(text);
    return [error.errors[0]?.tag, error.errors[0]?.path];
  }
  return 'accepted';
};

describe('edit-config', () => {
  it('merges into the entry with the same key and leaves the rest', () => {
    expect(
      edit(
        '<ran><cell><id>a</id><attributes><administrativeState>LOCKED</administrativeState></attributes></cell></ran>',
      ),
    ).toBe(START.replace('UNLOCKED', 'LOCKED'));
    expect(edit('<ran><cell><id>c</id></cell></ran>')).toBe(
      START.replace('</ran>', '<cell><id>c</id></cell></ran>'),
    );
    expect(edit('<ran><cell><id>c</id></cell></ran>', 'merge', '')).toBe(
      '<ran><cell><id>c</id></cell></ran>',
    );
  });

  it('replaces the named element and nothing beside it', () => {
    expect(edit('<ran><cell nc:operation="replace"><id>a</id></cell></ran>')).toBe(
      '<ran><cell><id>a</id></cell><cell><id>b</id></cell></ran>',
    );
    expect(edit('<ran><cell><id>z</id></cell></ran>', 'replace')).toBe('<ran><cell><id>z</id></cell></ran>');
  });

  it('creates only what does not exist', () => {
    expect(edit('<ran><cell nc:operation="create"><id>c</id></cell></ran>')).toContain('<id>c</id>');
    expect(refusal('<ran><cell nc:operation="create"><id>a</id></cell></ran>')).toEqual([
      'data-exists',
      '/ran/cell',
    ]);
  });

  it('deletes what exists, and removes what may not exist', () => {
    const power = (operation: string, id = 'a'): string =>
      `<ran><cell><id>${id}</id><attributes><configuredMaxTxPower nc:operation="${operation}"/></attributes></cell></ran>`;
    expect(edit(power('delete'))).toBe(START.replace('<configuredMaxTxPower>400</configuredMaxTxPower>', ''));
    expect(refusal(power('delete', 'b'))).toEqual([
      'data-missing',
      '/ran/cell/attributes/configuredMaxTxPower',
    ]);
    expect(edit(power('remove', 'b'))).toContain('<id>b</id>');
    expect(edit('<ran><cell nc:operation="delete"><id>a</id></cell></ran>', 'none')).toBe(
      '<ran><cell><id>b</id></cell></ran>',
    );
    expect(edit(`<ran xmlns="${RAN_NS}" nc:operation="delete"/>`)).toBe('');
  });

  it('with default operation none changes only elements with their own operation', () => {
    const inner =
      '<ran><cell><id>a</id><attributes><administrativeState nc:operation="merge">LOCKED</administrativeState><configuredMaxTxPower>1</configuredMaxTxPower></attributes></cell></ran>';
    expect(edit(inner, 'none')).toBe(START.replace('UNLOCKED', 'LOCKED'));
    expect(refusal('<ran><cell><id>z</id></cell></ran>', 'none')).toEqual(['data-missing', '/ran/cell']);
  });

  it.each([
    [
      'an unknown element',
      '<ran><cell><id>a</id><nope/></cell></ran>',
      ['unknown-element', '/ran/cell/nope'],
    ],
    ['an unknown root', '<other/>', ['unknown-element', '/other']],
    [
      'another namespace',
      '<ran><cell xmlns="urn:x"><id>a</id></cell></ran>',
      ['unknown-namespace', '/ran/cell'],
    ],
    ['a root in no namespace', '<ran >x</ran >', ['unknown-namespace', '/ran']],
    ['a list entry without key', '<ran><cell><attributes/></cell></ran>', ['missing-element', '/ran/cell']],
    ['an empty key', '<ran><cell><id/></cell></ran>', ['invalid-value', '/ran/cell/id']],
    [
      'a value outside the enumeration',
      '<ran><cell><id>a</id><attributes><administrativeState>locked</administrativeState></attributes></cell></ran>',
      ['invalid-value', '/ran/cell/attributes/administrativeState'],
    ],
    [
      'a value out of range',
      '<ran><cell><id>a</id><attributes><configuredMaxTxPower>601</configuredMaxTxPower></attributes></cell></ran>',
      ['invalid-value', '/ran/cell/attributes/configuredMaxTxPower'],
    ],
    [
      'a number in another notation',
      '<ran><cell><id>a</id><attributes><configuredMaxTxPower>4e2</configuredMaxTxPower></attributes></cell></ran>',
      ['invalid-value', '/ran/cell/attributes/configuredMaxTxPower'],
    ],
    [
      'an element inside a leaf',
      '<ran><cell><id>a</id><attributes><configuredMaxTxPower><x/></configuredMaxTxPower></attributes></cell></ran>',
      ['invalid-value', '/ran/cell/attributes/configuredMaxTxPower'],
    ],
    [
      'an unknown operation',
      '<ran><cell nc:operation="destroy"><id>a</id></cell></ran>',
      ['bad-attribute', '/ran/cell'],
    ],
    [
      'state data',
      '<ran-state xmlns="urn:interlock:params:xml:ns:yang:ran"/>',
      ['unknown-element', '/ran-state'],
    ],
  ])('refuses %s and changes nothing', (_what, inner, expected) => expect(refusal(inner)).toEqual(expected));

  it('changes nothing when only the last of several edits is bad', () => {
    expect(
      refusal(
        '<ran><cell><id>a</id><attributes><configuredMaxTxPower>1</configuredMaxTxPower></attributes></cell><cell><id>b</id><x/></cell></ran>',
      ),
    ).toEqual(['unknown-element', '/ran/cell/x']);
  });

  it('visits each entry a bounded number of times, whatever their number', () => {
    /**
     * Counts how often an edit visits the children of entries. Each of `n` entries exists and is
     * edited once.
     */
    const looks = (n: number): number => {
      let looked = 0;
      const counted = (element: XmlElement): XmlElement => ({
        ...element,
        get children() {
          looked += 1;
          return element.children;
        },
      });
      const entries = (): XmlElement[] =>
        parse(`<ran>${Array.from({ length: n }, (_, i) => `<cell><id>${i}</id></cell>`).join('')}</ran>`).map(
          (root) => ({
            ...root,
            children: root.children.map((child) => (typeof child === 'string' ? child : counted(child))),
          }),
        );
      applyEdit(
        entries(),
        entries().map((root) => ({ ...root, children: root.children.toReversed() })),
        ranSchema,
        'merge',
      );
      return looked;
    };
    expect(looks(4_000) / looks(1_000)).toBeLessThan(5);
  });
});
