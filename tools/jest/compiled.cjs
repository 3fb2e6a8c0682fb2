// Jest gives each suite its modules anew, and compiles each of them again for that: some thousand
// files where Nest is among them. What a worker compiled once it takes again, here, for its next
// suite; what runs is the same, in a context of the suite's own.
const { cachedDataVersionTag } = require('node:v8');
const vm = require('node:vm');

const { compileFunction, Script, SourceTextModule } = vm;
const scripts = new Map();
const caches = new Map();

vm.compileFunction = (source, parameters, options = {}) => {
  const { filename, parsingContext } = options;
  const head = `(function (${parameters.join(', ')}) {`;
  const name = `${filename}\0${head}`;
  let known = scripts.get(name);
  if (parsingContext === undefined || known?.source !== source) {
    // INVARIANT: a script belongs to no context, but its `import()` to the runtime that it was made
    // for: such a one is compiled for each.
    if (parsingContext === undefined || /\bimport\s*\(/.test(source) || source.startsWith('#!'))
      return compileFunction(source, parameters, options);
    known = { source, script: new Script(`${head}${source}\n})`, { filename, columnOffset: -head.length }) };
    scripts.set(name, known);
  }
  return known.script.runInContext(parsingContext);
};

vm.SourceTextModule = class extends SourceTextModule {
  constructor(source, options) {
    const known = caches.get(options.identifier);
    // A flag of V8 that a suite sets makes what was compiled before it unusable.
    const tag = cachedDataVersionTag();
    const cachedData = known?.source === source && known.tag === tag ? known.data : undefined;
    super(source, cachedData === undefined ? options : { ...options, cachedData });
    if (cachedData === undefined)
      caches.set(options.identifier, { source, tag, data: this.createCachedData() });
  }
};
