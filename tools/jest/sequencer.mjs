import sequencer from '@jest/test-sequencer';

import { inOrder } from './order.mjs';

const Sequencer = sequencer.default ?? sequencer;

export default class extends Sequencer {
  sort(tests) {
    return inOrder(tests);
  }
}
