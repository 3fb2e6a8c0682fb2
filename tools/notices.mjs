// The licence texts of bundled packages, which must stay with every copy of them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file with the notices, beside each bundle. */
export const noticesFile = 'THIRD-PARTY-NOTICES';

/**
 * The packages of bundled modules with their licences, as text. Each package begins with a line
 * such as `ajv 8.20.0, MIT`.
 * @param {readonly string[]} modules the paths of the modules, as a bundler names them
 */
export function noticesOf(modules) {
  const folders = new Set(
    modules.flatMap((id) => {
      const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replace(/^\0/, '')) ?? [];
      return folder === undefined || !existsSync(join(folder, 'package.json')) ? [] : [folder];
    }),
  );
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
      const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
      return `${name} ${version}, ${typeof license === 'string' ? license : 'see its page'}\n${text}`;
    })
    .join(`\n${'-'.repeat(80)}\n`);
}
