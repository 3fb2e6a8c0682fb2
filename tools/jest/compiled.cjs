// Jest loads modules anew for each suite, and compiles them each time: some thousand files if Nest
// is among them. This cache lets a worker reuse its compiled code for later suites. The code still
// runs in the suite's own context.
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
    // INVARIANT: a compiled script belongs to no context, but its `import()` belongs to its
    // runtime, so a script with one is compiled each time.
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
    // A V8 flag that a suite sets makes earlier compiled code unusable.
    const tag = cachedDataVersionTag();
    const cachedData = known?.source === source && known.tag === tag ? known.data : undefined;
    super(source, cachedData === undefined ? options : { ...options, cachedData });
    if (cachedData === undefined)
      caches.set(options.identifier, { source, tag, data: this.createCachedData() });
  }
};
