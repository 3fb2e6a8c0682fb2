import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Project
 * @property {string} name the package's name
 * @property {string} nx the project's name in Nx
 * @property {string} folder relative to the repository
 * @property {readonly string[]} tags
 * @property {readonly string[]} dependencies names of other projects of the workspace that the
 *   sources use
 * @property {boolean} hasSources
 */

function hasTypeScript(folder) {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { withFileTypes: true }).some((entry) =>
    entry.isDirectory() ? hasTypeScript(join(folder, entry.name)) : /\.tsx?$/.test(entry.name),
  );
}

/** Every project of the workspace, by folder.
 * @param {string} root
 * @returns {Project[]}
 */
export function readProjects(root) {
  const found = [];
  for (const parent of ['libs', 'apps']) {
    if (!existsSync(join(root, parent))) continue;
    for (const entry of readdirSync(join(root, parent)).sort()) {
      const folder = `${parent}/${entry}`;
      const file = join(root, folder, 'package.json');
      if (!existsSync(file)) continue;
      found.push({ folder, manifest: JSON.parse(readFileSync(file, 'utf8')) });
    }
  }
  const names = new Set(found.map(({ manifest }) => manifest.name));
  return found.map(({ folder, manifest }) => ({
    name: manifest.name,
    nx: manifest.nx?.name ?? manifest.name,
    folder,
    tags: manifest.nx?.tags ?? [],
    dependencies: Object.keys(manifest.dependencies ?? {}).filter((name) => names.has(name)),
    hasSources: hasTypeScript(join(root, folder, 'src')),
  }));
}

/**
 * True for a library without input or output: it changes nothing outside itself
 * (tools/eslint/purity.mjs).
 * @param {Pick<Project, 'tags'>} project
 */
export const isPure = ({ tags }) => tags.includes('type:domain') || tags.includes('type:contract');

/**
 * The projects that can be built: they and all their dependencies have sources.
 * @param {readonly Project[]} projects
 */
export function buildable(projects) {
  const byName = new Map(projects.map((project) => [project.name, project]));
  const known = new Map();
  const check = (project) => {
    if (!known.has(project.name)) {
      known.set(project.name, project.hasSources);
      known.set(
        project.name,
        project.hasSources && project.dependencies.every((name) => check(byName.get(name))),
      );
    }
    return known.get(project.name);
  };
  return projects.filter(check);
}
