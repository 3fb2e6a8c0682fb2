import { describe, expect, it } from '@jest/globals';
import { editXml, fillPath, leavesUnder, parseLeafPath, quoteKey } from '../src/index.js';

describe('leaf paths', () => {
  it('read back steps and keys in either quote', () => {
    expect(parseLeafPath(`/ran/cell[id='a'][slot="b'c"]/power`)).toEqual([
      { namespace: null, name: 'ran', keys: [] },
      {
        namespace: null,
        name: 'cell',
        keys: [
          ['id', 'a'],
          ['slot', "b'c"],
        ],
      },
      { namespace: null, name: 'power', keys: [] },
    ]);
  });
  it.each(['', 'ran', '/', '/ran/', '/ran[id]', '/ran[id=a]', "/ran[id='a'", '/1ran'])(
    'refuse `%s`',
    (path) => expect(() => parseLeafPath(path)).toThrow(RangeError),
  );
  it('fill in names with suitable quotes, and leave unknown ones', () => {
    expect(fillPath('/cell[id={cell}]/rel[to={other}]', { cell: "it's" })).toBe(
      `/cell[id="it's"]/rel[to={other}]`,
    );
    expect(() => quoteKey(`'"`)).toThrow(RangeError);
  });
});

describe('edit XML', () => {
  it('holds each list entry once, its key first', () => {
    expect(
      editXml('urn:x', [
        { path: "/a/b[k='1']/c", value: 'x' },
        { path: "/a/b[k='2']/c", value: 'y' },
        { path: "/a/b[k='1']/d", value: 'z' },
      ]),
    ).toBe('<a xmlns="urn:x"><b><k>1</k><c>x</c><d>z</d></b><b><k>2</k><c>y</c></b></a>');
  });
  it('escapes values and refuses characters that XML cannot contain', () => {
    expect(editXml('urn:x', [{ path: '/a', value: ']]>]]>&<' }])).toBe(
      '<a xmlns="urn:x">]]&gt;]]&gt;&amp;&lt;</a>',
    );
    expect(() => editXml('urn:x', [{ path: '/a', value: '\u0000' }])).toThrow(RangeError);
  });
  it('is empty without edits', () => expect(editXml('urn:x', [])).toBe(''));
  it('writes a child of another namespace in that namespace', () => {
    expect(
      editXml('urn:x', [
        { path: "/a/b[k='1']/{urn:y}c/d", value: '1' },
        { path: "/a/b[k='1']/c", value: '2' },
        { path: '/{urn:z}e', value: '3' },
      ]),
    ).toBe('<a xmlns="urn:x"><b><k>1</k><c xmlns="urn:y"><d>1</d></c><c>2</c></b></a><e xmlns="urn:z">3</e>');
  });
});

describe('leaves under a path', () => {
  it('are those at it and below it, not those with a similar name', () => {
    const leaves = {
      "/r/c[id='1']/a": 'x',
      "/r/c[id='1']": 'y',
      "/r/c[id='10']/a": 'z',
      '/r/ca': 'w',
      "/r/c[id='2']/a": 'v',
    };
    expect(leavesUnder(leaves, ["/r/c[id='1']"])).toEqual({ "/r/c[id='1']/a": 'x', "/r/c[id='1']": 'y' });
    expect(leavesUnder(leaves, ['/r/c'])).toEqual({});
    expect(leavesUnder(leaves, [])).toEqual({});
  });
});
