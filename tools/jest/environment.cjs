// Jest's environment for Node with the globals of an ordinary context. Jest contextifies an object
// behind a proxy. Each use of `JSON`, `Buffer` or `Map` then goes through traps, which is several
// times slower.
const vm = require('node:vm');

require('./compiled.cjs');
const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }
};
