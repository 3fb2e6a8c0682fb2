// The pages of the site: every document, and the files of the repository that a document refers to.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';

/** Files that a browser shows under their own name. Others get the ending `.txt`. */
const shown = /\.(?:json|ya?ml|txt|jpe?g|png|svg)$/;
const picture = /\.(?:jpe?g|png|svg)$/;

/** The place of a file of the repository in the site: `docs/` is its root. */
const placeOf = (path) => {
  const place = path.startsWith('docs/') ? path.slice('docs/'.length) : `repository/${path}`;
  if (path.endsWith('.md')) return place.replace(/(^|\/)README\.md$/, '$1index.md');
  return shown.test(path) ? place : `${place}.txt`;
};

const titleOf = (text, path) => /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? basename(path);

/** Applies a change to the text outside of code. */
const outsideCode = (text, change) =>
  text
    .split(/(^ *```[\s\S]*?^ *```$|`[^`\n]*`)/m)
    .map((part, i) => (i % 2 === 1 ? part : change(part)))
    .join('');

/** The text with links that hold in the site. `place` answers a link's target, or throws. */
const relinked = (text, place) =>
  outsideCode(text, (part) => part.replaceAll(/<!--[\s\S]*?-->\n?/g, '')).replaceAll(
    /(```[\s\S]*?^ *```$)|(!?\[(?:[^[\]\n]|\[[^\]\n]*\])*\])\(([^)\s]+)\)/gm,
    (whole, code, label, target) => (code === undefined ? `${label}(${place(target)})` : whole),
  );

/** The page of a folder without a document of its own: the list of its files. */
const listing = (root, folder) => {
  const files = readdirSync(join(root, folder)).filter(
    (name) => !name.startsWith('.') && statSync(join(root, folder, name)).isFile(),
  );
  const lines = files.map((name) => {
    const title = name.endsWith('.md') ? titleOf(readFileSync(join(root, folder, name), 'utf8'), name) : name;
    return `- [${title}](${name})`;
  });
  const name = basename(folder);
  return `# ${name[0].toUpperCase()}${name.slice(1)}\n\n${lines.join('\n')}\n`;
};

/**
 * Follows the links of all documents.
 * @param {string} root the repository
 * @returns {{
 *   readonly texts: ReadonlyMap<string, string>, the pages by their place in the site
 *   readonly titles: ReadonlyMap<string, string>, the titles of the pages of `docs/`, by place
 *   readonly copyFiles: (folder: string) => void, copies the other files
 * }}
 */
export function collectPages(root) {
  const texts = new Map();
  const titles = new Map();
  const files = new Map();
  const queue = readdirSync(join(root, 'docs'), { recursive: true })
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.md'));
  for (const folder of ['adr', 'problems']) queue.push(`docs/${folder}/index.md`);
  const seen = new Set(queue);
  const want = (path) => {
    if (!seen.has(path)) queue.push(path);
    seen.add(path);
  };

  const targetOf = (source, target) => {
    if (/^(?:[a-z]+:|#)/.test(target)) return target;
    const [path = '', hash] = target.split('#');
    let found = posix.join(posix.dirname(source), decodeURI(path)).replace(/\/$/, '');
    const full = join(root, found);
    if (found.startsWith('..') || !existsSync(full))
      throw new Error(`${source} links to \`${target}\`, which is missing`);
    if (statSync(full).isDirectory())
      found = existsSync(join(full, 'README.md')) ? `${found}/README.md` : `${found}/index.md`;
    const line = /^L\d+$/.test(hash ?? '');
    const end = hash === undefined || line ? '' : `#${hash}`;
    const place = placeOf(found);
    if (found.endsWith('.md')) {
      want(found);
      return `${posix.relative(posix.dirname(placeOf(source)), place)}${end}`.replace(/^(?!\.)/, './');
    }
    // The bundler takes a picture from beside its page. Other files are served as they are.
    const seenAs = picture.test(found) && source.startsWith('docs/') && found.startsWith('docs/');
    files.set(found, seenAs ? place : `public/${place}`);
    return seenAs ? path : `/${place}${end}`;
  };

  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const file = join(root, path);
    const source = path;
    const text = existsSync(file) ? readFileSync(file, 'utf8') : listing(root, dirname(path));
    const place = placeOf(path);
    texts.set(
      place,
      relinked(text, (target) => targetOf(source, target)),
    );
    if (path.startsWith('docs/')) titles.set(place, titleOf(text, path));
  }
  return {
    texts,
    titles,
    copyFiles: (folder) => {
      files.set('docs/openapi.json', 'public/openapi.json');
      files.set('docs/asyncapi.json', 'public/asyncapi.json');
      for (const [from, to] of files) {
        mkdirSync(dirname(join(folder, to)), { recursive: true });
        cpSync(join(root, from), join(folder, to));
      }
    },
  };
}
