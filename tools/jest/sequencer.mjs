import { relative, sep } from 'node:path';

import sequencer from '@jest/test-sequencer';

import { root } from '../run/node.mjs';
import { readDurations } from './durations.mjs';
import { inOrder } from './order.mjs';

const Sequencer = sequencer.default ?? sequencer;

export default class extends Sequencer {
  sort(tests) {
    const seconds = readDurations();
    return inOrder(tests, (path) => seconds[relative(root, path).replaceAll(sep, '/')] ?? 0);
  }
}
