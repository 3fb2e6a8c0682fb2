/**
 * The notes of a release: the section of its version in `CHANGELOG.md`. Throws if there is none, if
 * it is still marked as unreleased, or if it has no date.
 * @param {string} changelog the text of the file
 * @param {string} version semver, without `v`
 * @returns {string} Markdown, without the heading
 */
export function notesOf(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((one) => one.split(/[ \n]/, 1)[0] === version);
  if (section === undefined) throw new Error(`CHANGELOG.md has no section \`${version}\``);
  const [heading, ...lines] = section.split('\n');
  const date = heading.slice(version.length).trim();
  if (!/^\(\d{4}-\d\d-\d\d\)$/.test(date))
    throw new Error(
      `CHANGELOG.md: the heading of ${version} ends with \`${date}\`; it needs the date of the release, such as (2027-01-31)`,
    );
  const notes = lines.join('\n').trim();
  if (notes === '') throw new Error(`CHANGELOG.md says nothing about ${version}`);
  return notes;
}
