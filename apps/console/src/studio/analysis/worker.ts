import { answer, emptyBench, type Answer, type Question } from './analysis.js';

/** The part of a worker's own surroundings that is used here. */
type Port = {
  readonly addEventListener: (type: 'message', listener: (event: MessageEvent<Question>) => void) => void;
  readonly postMessage: (message: Answer) => void;
};
const port: Port = self;
const bench = emptyBench();

port.addEventListener('message', ({ data }) => {
  port.postMessage(answer(bench, data, () => performance.now()));
});
