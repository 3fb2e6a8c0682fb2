import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CellMap } from '../src/rules/cell-map.js';

/** The cell of a value, by a linear search through the constants. */
const plainCell = (constants: readonly number[], value: number): number => {
  const points = [...new Set(constants)].sort((a, b) => a - b);
  const below = points.filter((point) => point < value).length;
  return points.includes(value) ? 2 * below + 1 : 2 * below;
};

const someNumber = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.constantFrom(
    0,
    5e-324,
    -5e-324,
    1e308,
    -1e308,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    1,
    1 + Number.EPSILON,
  ),
);

describe('numbers cut into cells', () => {
  it('equal the result of a linear search, whatever the constants', () => {
    fc.assert(
      fc.property(
        fc.array(someNumber, { minLength: 1, maxLength: 40 }),
        fc.array(fc.oneof(someNumber, fc.constantFrom(Infinity, -Infinity))),
        (constants, values) => {
          const cellMap = new CellMap(constants);
          expect(cellMap.cells).toBe(2 * new Set(constants).size + 1);
          for (const value of [...constants, ...values])
            expect(cellMap.cellOf(value)).toBe(plainCell(constants, value));
        },
      ),
      { numRuns: process.env['INTERLOCK_LONG_TESTS'] === 'true' ? 500_000 : 2000 },
    );
  });
});
