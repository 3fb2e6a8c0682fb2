// TypeScript sources import './x.js'; in the working tree that file is './x.ts'.
const fs = require('node:fs');
const path = require('node:path');

module.exports = {
  sync(request, options) {
    if (/^\.{1,2}\/.*\.js$/.test(request) && !options.basedir.includes('node_modules')) {
      const source = path.resolve(options.basedir, request.replace(/\.js$/, '.ts'));
      if (fs.existsSync(source)) return source;
    }
    if (request === 'fast-check' && options.basedir !== __dirname)
      return path.join(__dirname, 'fast-check.mjs');
    return options.defaultResolver(request, options);
  },
};
