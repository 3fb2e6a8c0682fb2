// What a suite leaves in the packages that all suites of a worker share (runtime.cjs). Modules of
// this repository change objects of packages, and packages keep the classes that are registered
// with them. Either would keep all modules of the suite in memory.
const path = require('node:path');

/**
 * By the package's file: the object that modules of this repository change, and the maps that the
 * package keeps by class.
 */
const packages = {
  'class-validator/cjs/metadata/MetadataStorage.js': ({ getMetadataStorage }) => {
    const storage = getMetadataStorage();
    return { changed: storage, maps: [storage.validationMetadatas, storage.constraintMetadatas] };
  },
  'class-transformer/cjs/storage.js': ({ defaultMetadataStorage: storage }) => ({
    maps: [
      storage._typeMetadatas,
      storage._transformMetadatas,
      storage._exposeMetadatas,
      storage._excludeMetadatas,
      storage._ancestorsMap,
    ],
  }),
  'nats/lib/nats-base-client/protocol.js': ({ ProtocolHandler }) => ({ changed: ProtocolHandler.prototype }),
  'nats/lib/nats-base-client/request.js': ({ RequestOne }) => ({ changed: RequestOne.prototype }),
};

/** The exports of a file of a package, if it is loaded. */
const loaded = (file) => {
  const module = require.cache[path.join(__dirname, '../../node_modules', file)];
  return module?.loaded ? module.exports : undefined;
};

const originals = new Map();

/** Remembers the objects that modules of this repository may change, before they do. */
const rememberPackages = () => {
  for (const [file, kept] of Object.entries(packages)) {
    const exported = originals.has(file) ? undefined : loaded(file);
    const object = exported && kept(exported).changed;
    if (object !== undefined)
      originals.set(file, { object, properties: Object.getOwnPropertyDescriptors(object) });
  }
};

/** Takes back what the suite changed in packages, and forgets its classes. */
const restorePackages = () => {
  for (const [file, kept] of Object.entries(packages)) {
    const exported = loaded(file);
    if (exported !== undefined) for (const map of kept(exported).maps ?? []) map.clear();
  }
  for (const { object, properties } of originals.values()) {
    for (const key of Reflect.ownKeys(object)) if (!(key in properties)) Reflect.deleteProperty(object, key);
    Object.defineProperties(object, properties);
  }
};

module.exports = { rememberPackages, restorePackages };
