// What our modules change in the packages that all suites of a worker share (runtime.cjs). The
// changes stay, as the modules do (modules.cjs). A suite with modules of its own changes the
// packages anew, from their original state.
const path = require('node:path');

/** By the package's file: the object that our modules change. */
const packages = {
  'class-validator/cjs/metadata/MetadataStorage.js': ({ getMetadataStorage }) => getMetadataStorage(),
  'nats/lib/nats-base-client/protocol.js': ({ ProtocolHandler }) => ProtocolHandler.prototype,
  'nats/lib/nats-base-client/request.js': ({ RequestOne }) => RequestOne.prototype,
};

/** The exports of a file of a package, if it is loaded. */
const loaded = (file) => {
  const module = require.cache[path.join(__dirname, '../../node_modules', file)];
  return module?.loaded ? module.exports : undefined;
};

const originals = new Map();

/** Remembers the objects that our modules may change, before they do. */
const rememberPackages = () => {
  for (const [file, changed] of Object.entries(packages)) {
    const exported = originals.has(file) ? undefined : loaded(file);
    if (exported === undefined) continue;
    const object = changed(exported);
    originals.set(file, { object, properties: Object.getOwnPropertyDescriptors(object) });
  }
};

const restore = (states) => {
  for (const { object, properties } of states) {
    for (const key of Reflect.ownKeys(object)) if (!(key in properties)) Reflect.deleteProperty(object, key);
    Object.defineProperties(object, properties);
  }
};

/** Gives a suite the packages as they were loaded. Returns what takes that back after the suite. */
const withOriginals = () => {
  const before = [...originals.values()].map(({ object }) => ({
    object,
    properties: Object.getOwnPropertyDescriptors(object),
  }));
  restore(originals.values());
  return () => {
    restore(originals.values());
    restore(before);
  };
};

module.exports = { rememberPackages, withOriginals };
