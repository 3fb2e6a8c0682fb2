// Jest's environment for Node with the globals of an ordinary context. Jest contextifies an object
// behind a proxy, so that each use of `JSON`, `Buffer` or `Map` in a test or in what it imports
// goes through traps: several times slower than the same code outside.
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
