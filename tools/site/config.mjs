// The configuration of VitePress; `tools/site.mjs` passes what it found in the repository.

/** The anchor of a heading, as GitHub makes it, so that a link holds in both places. */
const slugOf = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
    .trim()
    .replaceAll(' ', '-');

/** HTML in a document is text, apart from a line break in a table. */
const lineBreaks = (md) => {
  md.inline.ruler.before('autolink', 'line_break', (state, silent) => {
    if (!state.src.startsWith('<br>', state.pos)) return false;
    if (!silent) state.push('hardbreak', 'br', 0);
    state.pos += '<br>'.length;
    return true;
  });
  const { text } = md.renderer.rules;
  // Two braces would be an expression of Vue.
  md.renderer.rules.text = (...args) => text(...args).replaceAll('{{', '&#123;&#123;');
};

/** The part of a page that the search finds. The examples of the API would hide everything else. */
const searched = (source, env, md) => {
  const text = env.relativePath.startsWith('api/')
    ? source.replaceAll(/^(?:::: code-group[\s\S]*?^:::|```[\s\S]*?^```|\|.*)$/gm, '')
    : source;
  return md.render(text, env);
};

const itemsOf = (sidebar, name) => sidebar['/'].find(({ text }) => text === name).items;

/**
 * @param {{ base: string, versions: readonly { version: string, path: string }[], sidebar: object }}
 *   settings
 */
export const configOf = ({ base, versions, sidebar }) => ({
  title: 'Interlock',
  description: 'A control plane for governed autonomy',
  lang: 'en-GB',
  base,
  appearance: true,
  ignoreDeadLinks: false,
  markdown: {
    html: false,
    anchor: { slugify: slugOf },
    config: lineBreaks,
    // Contrast of 4.5 to 1 at least, in both.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    languageAlias: { console: 'shellsession' },
  },
  vite: {
    logLevel: 'warn',
    // The page's policy is its server's; these chunks hold the search index and the playground.
    build: { chunkSizeWarningLimit: 8000 },
  },
  themeConfig: {
    nav: [
      { text: 'Tutorials', items: itemsOf(sidebar, 'Tutorials') },
      {
        text: 'Guides',
        items: ['Agents', 'People', 'Policies', 'Operating', 'Auditing'].map((text) => ({
          text,
          link: itemsOf(sidebar, text)[0].link,
        })),
      },
      { text: 'API', link: '/api/' },
      { text: 'Events', link: '/events' },
      { text: 'Problems', link: '/problems/' },
      { text: 'Recipes', link: '/POLICY_RECIPES' },
      {
        text: versions[0].version,
        items: versions.map(({ version, path }) => ({ text: version, link: path, target: '_self' })),
      },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local', options: { _render: searched } },
  },
});
