import { h } from 'vue';
import { useData } from 'vitepress';
import DefaultTheme from 'vitepress/theme';

import { Playground } from './playground.mjs';
import './style.css';

/** The page of the recipes ends with the playground. */
const Layout = () => {
  const { page } = useData();
  return h(DefaultTheme.Layout, null, {
    'doc-after': () => (page.value.relativePath === 'POLICY_RECIPES.md' ? h(Playground) : undefined),
  });
};

export default { extends: DefaultTheme, Layout };
