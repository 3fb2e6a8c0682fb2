// Jest loads modules anew for each suite, and compiles them each time. This cache lets a worker
// reuse its compiled code for later suites. All code runs in the process's own context.
const { cachedDataVersionTag, setFlagsFromString } = require('node:v8');
const vm = require('node:vm');

const { compileFunction, Script, SourceTextModule, SyntheticModule } = vm;
// V8's own cache would keep the source and the functions of each suite's modules, and never use
// them again, because each suite's runtime is another origin.
setFlagsFromString('--no-compilation-cache');

const scripts = new Map();
const caches = new Map();

/** Stands for the process's own context, which has no object in Node's API. */
const ownContext = {};
const inOwnContext = ({ context: _context, parsingContext: _parsingContext, ...options }) => options;

vm.compileFunction = (source, parameters, options = {}) => {
  const head = `(function (${parameters.join(', ')}) {`;
  const name = `${options.filename}\0${head}`;
  let known = scripts.get(name);
  if (options.parsingContext !== ownContext) return compileFunction(source, parameters, options);
  if (known?.source !== source) {
    // INVARIANT: the `import()` of a compiled script belongs to its runtime, so a script with one
    // is compiled each time.
    if (/\bimport\s*\(/.test(source) || source.startsWith('#!'))
      return compileFunction(source, parameters, inOwnContext(options));
    const { filename } = options;
    known = { source, script: new Script(`${head}${source}\n})`, { filename, columnOffset: -head.length }) };
    scripts.set(name, known);
  }
  return known.script.runInThisContext();
};

vm.SourceTextModule = class extends SourceTextModule {
  constructor(source, options) {
    const own = inOwnContext(options);
    const known = caches.get(options.identifier);
    // A V8 flag that a suite sets makes earlier compiled code unusable.
    const tag = cachedDataVersionTag();
    const cachedData = known?.source === source && known.tag === tag ? known.data : undefined;
    super(source, cachedData === undefined ? own : { ...own, cachedData });
    if (cachedData === undefined)
      caches.set(options.identifier, { source, tag, data: this.createCachedData() });
  }
};

vm.SyntheticModule = class extends SyntheticModule {
  constructor(names, evaluate, options) {
    super(names, evaluate, inOwnContext(options));
  }
};

/** The names of globals that packages have set (runtime.cjs). */
const packageGlobals = new Set();

module.exports = { ownContext, packageGlobals };
