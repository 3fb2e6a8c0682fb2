import { describe, expect, it } from '@jest/globals';
import type { Position } from '@interlock/kernel';
import { nextLook, type NextLook, type Seen } from '../src/projection/following/next-look.js';

const at = (n: bigint): Position => ({ commit: n, prepare: n });
const same = { isOtherTable: false };
const rebuilt = { isOtherTable: true };

describe('nextLook', () => {
  it.each<readonly [string, Seen, NextLook['kind']]>([
    ['nothing was projected', { ...same, believed: null, stored: null }, 'follow'],
    ['another instance wrote the first', { ...same, believed: null, stored: at(1n) }, 'follow'],
    ['the checkpoint is where it was', { ...same, believed: at(3n), stored: at(3n) }, 'follow'],
    ['another instance went ahead', { ...same, believed: at(3n), stored: at(4n) }, 'follow'],
    ['a rebuild went ahead', { ...rebuilt, believed: at(3n), stored: at(4n) }, 'follow'],
    ['the checkpoint went back', { ...same, believed: at(3n), stored: at(2n) }, 'start_over'],
    ['the checkpoint is empty', { ...same, believed: at(3n), stored: null }, 'start_over'],
    ['a rebuild stopped before', { ...rebuilt, believed: at(3n), stored: at(2n) }, 'start_over'],
    [
      'the event is not passed',
      { ...same, believed: at(3n), stored: at(3n), standsAt: at(4n) },
      'stand_still',
    ],
    [
      'nothing is stored before the event',
      { ...same, believed: null, stored: null, standsAt: at(4n) },
      'stand_still',
    ],
    ['the event is passed', { ...same, believed: at(3n), stored: at(4n), standsAt: at(4n) }, 'start_over'],
    ['it was rebuilt', { ...rebuilt, believed: at(3n), stored: at(3n), standsAt: at(4n) }, 'start_over'],
    ['no event is to blame', { ...same, believed: at(3n), stored: at(9n), standsAt: null }, 'stand_still'],
    [
      'the checkpoint went back meanwhile',
      { ...same, believed: at(3n), stored: null, standsAt: null },
      'stand_still',
    ],
    [
      'it was rebuilt, no event to blame',
      { ...rebuilt, believed: at(3n), stored: null, standsAt: null },
      'start_over',
    ],
  ])('where %s', (_, seen, kind) => expect(nextLook(seen).kind).toBe(kind));

  it('says why it starts over', () => {
    const back = nextLook({ ...same, believed: at(3n), stored: at(2n) });
    expect(back).toEqual({ kind: 'start_over', why: 'projection starts over: its checkpoint went back' });
    const passed = nextLook({ ...same, believed: null, stored: at(4n), standsAt: at(4n) });
    expect(passed).toMatchObject({ why: expect.stringContaining('projection follows again') });
  });
});
