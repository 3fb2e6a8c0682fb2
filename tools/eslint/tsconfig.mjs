import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/**
 * The TypeScript project that the linter reads. Linting one project of the workspace, as Nx does, needs its files only: a small
 * configuration of its own is made for it, so that the time does not grow with the workspace.
 * @param {string} root the workspace
 * @param {string} cwd where the linter was started
 * @returns {string}
 */
export function lintProject(root, cwd) {
  const whole = join(root, 'tsconfig.test.json');
  const [parent, name] = relative(root, cwd).split(sep);
  if ((parent !== 'libs' && parent !== 'apps') || name === undefined) return whole;
  const folder = join(root, parent, name);
  const file = join(root, 'node_modules/.cache/interlock/lint', `${parent}-${name}.json`);
  const text = `${JSON.stringify({ extends: whole, include: [join(folder, 'src'), join(folder, 'test')] })}\n`;
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return file;
}
