import { builtInActionTypes } from '@interlock/rails';

import { recipes } from '../docs/recipes.mjs';

/** The input of the playground: the recipes, and the types whose parameters a rule may name. */
export const playgroundData = () => ({
  action_types: builtInActionTypes,
  recipes: recipes().map(({ number, title, bundles, cases }) => ({
    title: `${number}. ${title}`,
    bundles,
    cases: cases.map(({ name, version, context }) => ({ name, version, context })),
  })),
});
