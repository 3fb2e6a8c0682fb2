import { readFileSync } from 'node:fs';

export type Case = {
  readonly id: string;
  readonly input: Record<string, unknown>;
  readonly expect: Record<string, unknown>;
  readonly settled_by?: string;
};

/** The acceptance cases of one suite. */
export const casesOf = (suite: string): readonly Case[] =>
  (
    JSON.parse(
      readFileSync(new URL(`../../../fixtures/acceptance/${suite}.json`, import.meta.url), 'utf8'),
    ) as { cases: Case[] }
  ).cases;
