import { describe, expect, it } from '@jest/globals';
import { childElements, parseXml, serialiseXml } from '@interlock/netconf';
import { filterSubtree } from '../src/device/filter.js';

const DATA =
  '<a xmlns="urn:a"><cell><id>1</id><p>10</p><in><x>1</x><y>2</y></in></cell><cell><id>2</id><p>20</p></cell><note>n</note><note kind="x">m</note></a><b xmlns="urn:b"><c>1</c></b>';

const filter = (inner: string): string => {
  const data = childElements(parseXml(`<data>${DATA}</data>`));
  const filters = childElements(parseXml(`<filter>${inner}</filter>`));
  return filterSubtree(data, filters, (name) => (name === 'cell' ? ['id'] : []))
    .map(serialiseXml)
    .join('')
    .replaceAll(/ xmlns="urn:.*?"/g, '');
};

describe('a subtree filter', () => {
  it.each([
    ['nothing for an empty filter', '', ''],
    ['a whole top element', '<b xmlns="urn:b"/>', '<b><c>1</c></b>'],
    ['nothing of another namespace', '<b xmlns="urn:a"/>', ''],
    ['any namespace where it names none', '<b/>', '<b><c>1</c></b>'],
    ['nothing that does not exist', '<a xmlns="urn:a"><nope/></a>', ''],
    [
      'one leaf of every entry, with the key',
      '<a xmlns="urn:a"><cell><p/></cell></a>',
      '<a><cell><id>1</id><p>10</p></cell><cell><id>2</id><p>20</p></cell></a>',
    ],
    [
      'a whole entry by its key',
      '<a xmlns="urn:a"><cell><id>2</id></cell></a>',
      '<a><cell><id>2</id><p>20</p></cell></a>',
    ],
    [
      'one leaf of one entry',
      '<a xmlns="urn:a"><cell><id>1</id><in><y/></in></cell></a>',
      '<a><cell><id>1</id><in><y>2</y></in></cell></a>',
    ],
    ['nothing when no entry has that key', '<a xmlns="urn:a"><cell><id>9</id></cell></a>', ''],
    [
      'entries by another leaf',
      '<a xmlns="urn:a"><cell><p> 20 </p></cell></a>',
      '<a><cell><id>2</id><p>20</p></cell></a>',
    ],
    ['only entries that meet all conditions', '<a xmlns="urn:a"><cell><id>1</id><p>20</p></cell></a>', ''],
    [
      'two entries by two filters',
      '<a xmlns="urn:a"><cell><id>1</id><p/></cell><cell><id>2</id></cell></a>',
      '<a><cell><id>1</id><p>10</p></cell><cell><id>2</id><p>20</p></cell></a>',
    ],
    [
      'the union for the same entry',
      '<a xmlns="urn:a"><cell><id>1</id><p/></cell><cell><id>1</id><in><x/></in></cell></a>',
      '<a><cell><id>1</id><p>10</p><in><x>1</x></in></cell></a>',
    ],
    [
      'several top elements, in the order of the data',
      '<b xmlns="urn:b"/><a xmlns="urn:a"><note/></a>',
      '<a><note>n</note><note kind="x">m</note></a><b><c>1</c></b>',
    ],
    [
      'only what has the attribute with that value',
      '<a xmlns="urn:a"><note kind="x"/></a>',
      '<a><note kind="x">m</note></a>',
    ],
    [
      'nothing where the attribute has another value, or is missing',
      '<a xmlns="urn:a"><note kind="y"/><cell kind="x"/></a>',
      '',
    ],
  ])('selects %s', (_what, inner, expected) => expect(filter(inner)).toBe(expected));
});
