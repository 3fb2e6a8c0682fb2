import { answer, emptyBench, type Answer, type Question } from './analysis.js';

/** The part of the worker's global scope that this file uses. */
type Port = {
  readonly addEventListener: (type: 'message', listener: (event: MessageEvent<Question>) => void) => void;
  readonly postMessage: (message: Answer) => void;
};
const port: Port = self;
const bench = emptyBench();

port.addEventListener('message', ({ data }) =>
  port.postMessage(answer(bench, data, () => performance.now())),
);
