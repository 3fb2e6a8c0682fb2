import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { jsonTextFaults } from '@interlock/kernel';
import { inputFaults, readInput } from '../src/index.js';
import { readInputLines } from '../src/input/input.js';

const pointers = (text: string): readonly string[] => jsonTextFaults(text, 100).map(({ pointer }) => pointer);

describe('what a JSON text holds that its parser passes over', () => {
  it('is nothing in any text that JSON writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(0, 1, 3), (value, spaces) => {
        const text = JSON.stringify(value, null, spaces);
        expect(jsonTextFaults(text, 100)).toEqual([]);
      }),
    );
  });

  it('is every name that is given twice, however it is written, and only in the same object', () => {
    expect(pointers('{"a":1,"b":{"a":2},"c":[{"a":1},{"a":1}]}')).toEqual([]);
    expect(pointers('{"a":1,"\\u0061":2,"c":[{},{"x\\"":1,"x\\"":2}]}')).toEqual(['/a', '/c/1/x"']);
    expect(pointers('{"a/b":1,"a/b":{"c":[],"c":"}{\\\\"}}')).toEqual(['/a~1b', '/a~1b/c']);
  });

  it('is every number that is not held as it is written', () => {
    expect(
      pointers(
        '[0,-0,0.1,-0.0,1e308,1e309,-1e400,9007199254740991,9007199254740993,-9007199254740993,9007199254740992,9223372036854776000,"-0"]',
      ),
    ).toEqual(['/1', '/3', '/5', '/6', '/8', '/9']);
    expect(pointers('-0')).toEqual(['']);
  });

  it('is bounded in number', () => expect(jsonTextFaults(`[${'-0,'.repeat(500)}1]`, 100)).toHaveLength(100));
});

describe('an input', () => {
  it('that is not JSON or no UTF-8 is told apart from one with faults', () => {
    expect(() => readInput(Buffer.from('{'))).toThrow(
      expect.objectContaining({ code: 'malformed-json', detail: 'the text is not JSON' }),
    );
    expect(() => readInput(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(
      expect.objectContaining({ code: 'malformed-json', detail: 'the text is not UTF-8' }),
    );
    expect(readInput(Buffer.from('{"a":1}'))).toEqual({ text: '{"a":1}', value: { a: 1 }, faults: [] });
  });

  it('has no names that every object has, and at most a hundred of them are named', () => {
    expect(
      inputFaults(JSON.parse('{"a":[{"__proto__":{"valueOf":1}}]}')).map(({ pointer }) => pointer),
    ).toEqual(['/a/0/__proto__', '/a/0/__proto__/valueOf']);
    expect(inputFaults(Array.from({ length: 500 }, () => ({ prototype: 1 })))).toHaveLength(100);
    expect(inputFaults(Array.from({ length: 19_999 }, () => ({})))).toEqual([]);
    expect(inputFaults({ lists: Array.from({ length: 19_999 }, () => []) })).toEqual([
      { pointer: '', detail: 'must not hold more than 20000 objects and lists' },
    ]);
    expect(
      inputFaults({ wide: Object.fromEntries(Array.from({ length: 5001 }, (_, n) => [`x${n}`, n])) }),
    ).toEqual([{ pointer: '/wide', detail: 'must not have more than 5000 members' }]);
    expect(inputFaults({ protos: 1, constructors: 2, proto: { to_string: 1 } })).toEqual([]);
  });
});

describe('lines of input', () => {
  const pointersOf = (text: string): readonly string[] =>
    readInputLines(Buffer.from(text)).faults.map(({ pointer }) => pointer);

  it('have the faults of JSON by their places, of lines and of an array alike', () => {
    const lines = ['{"a":1}', '', '{"a":"\\u0000"}', '{"a":-0,"b":{"c":1,"c":2}}', '{"__proto__":{}}'];
    expect(pointersOf(lines.join('\r\n'))).toEqual(['/1/a', '/2/a', '/2/b/c', '/3/__proto__']);
    expect(pointersOf(` [${lines.filter((line) => line !== '').join(',')}]`).toSorted()).toEqual([
      '/1/a',
      '/2/a',
      '/2/b/c',
      '/3/__proto__',
    ]);
    expect(pointersOf(`{}\n${'['.repeat(100)}${']'.repeat(100)}`)).toEqual(['/1']);
  });

  it('that are not JSON are left to the reader, and bytes that are not UTF-8 are refused', () => {
    expect(readInputLines(Buffer.from('{"a":1}\n{oops'))).toEqual({ text: '{"a":1}\n{oops', faults: [] });
    expect(() => readInputLines(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(
      expect.objectContaining({ code: 'malformed-json' }),
    );
  });

  it('have a bounded number of faults', () => expect(pointersOf('-0\n'.repeat(500))).toHaveLength(100));
});
