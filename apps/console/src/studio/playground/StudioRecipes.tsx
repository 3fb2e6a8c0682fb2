import { Button, Input, SimpleGrid } from '@mantine/core';
import { LinkButton } from '../../ui/LinkButton.js';
import { useState, type ReactElement } from 'react';
import { counted } from '../../format.js';
import { recipes, type Recipe } from './recipes.js';
import { conditionWords, lookOfEffect } from '../rules.js';
import { Glyph } from '../../ui/glyphs.js';
import { Card, Head } from '../../ui/parts.js';

const One = ({ recipe }: { readonly recipe: Recipe }): ReactElement => (
  <Card title={recipe.title} right={<span className="tag">{recipe.category}</span>}>
    <div className="b col" style={{ gap: 8 }}>
      <p className="t2">{recipe.problem}</p>
      <ul className="col" style={{ gap: 6 }}>
        {(recipe.bundles[0]?.rules ?? []).map((rule) => {
          const { kind, glyph, word } = lookOfEffect(rule.effect);
          return (
            <li key={rule.id}>
              <span className={`ef k-${kind}`}>
                <Glyph name={glyph} kind={kind} />
                {word}
              </span>{' '}
              <span className="mono">{rule.action}</span>{' '}
              <span className="t2">
                {(rule.conditions ?? []).length === 0
                  ? 'always'
                  : `where ${(rule.conditions ?? []).map(conditionWords).join(' and ')}`}
              </span>
            </li>
          );
        })}
      </ul>
      {(recipe.notes ?? []).map((note) => (
        <p key={note} className="xs muted">
          {note}
        </p>
      ))}
      <div className="row wrap">
        <LinkButton
          to="/studio"
          search={{ recipe: recipe.id }}
          size="sm"
          aria-label={`Add to a draft: ${recipe.title}`}
        >
          Add to a draft
        </LinkButton>
        <span className="xs muted">
          {counted(recipe.cases.length, 'case')} of it {recipe.cases.length === 1 ? 'is' : 'are'} tested
          {recipe.bundles.length > 1 ? `, the first of ${recipe.bundles.length} steps` : ''}
        </span>
      </div>
    </div>
  </Card>
);

/**
 * Rules that solve common problems, each with tests. The user adds them to a draft; they never
 * become active by themselves.
 */
export const StudioRecipes = (): ReactElement => {
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const shown = recipes.filter((recipe) =>
    `${recipe.title} ${recipe.category} ${recipe.problem}`.toLowerCase().includes(wanted),
  );
  return (
    <div>
      <Head title="Recipes">
        <span className="sub">{counted(shown.length, 'recipe')}, tested with the product</span>
        <span className="row ml wrap">
          <label className="row sm t2">
            Find
            <Input value={filter} onChange={(event) => setFilter(event.target.value)} />
          </label>
          <LinkButton to="/studio">Policy studio</LinkButton>
        </span>
      </Head>
      {shown.length === 0 ? (
        <p className="note">
          No recipe matches these words.{' '}
          <Button size="sm" onClick={() => setFilter('')}>
            Show all
          </Button>
        </p>
      ) : (
        <SimpleGrid minColWidth="min(380px, 100%)" spacing={12}>
          {shown.map((recipe) => (
            <One key={recipe.id} recipe={recipe} />
          ))}
        </SimpleGrid>
      )}
    </div>
  );
};
