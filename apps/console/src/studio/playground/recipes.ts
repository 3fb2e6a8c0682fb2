/** A recipe of the documentation: a problem, rules that solve it, and cases that demonstrate it. */
export type Recipe = {
  readonly id: string;
  readonly number: number;
  readonly category: string;
  readonly title: string;
  readonly problem: string;
  readonly notes?: readonly string[];
  readonly bundles: readonly {
    readonly version: string;
    readonly notes: string;
    readonly rules: readonly {
      readonly id: string;
      readonly agent: string;
      readonly action: string;
      readonly effect: string;
      readonly conditions?: readonly {
        readonly field: string;
        readonly op: string;
        readonly value: unknown;
      }[];
      readonly reason?: string;
    }[];
  }[];
  readonly cases: readonly { readonly name: string; readonly expect: { readonly decision: string } }[];
};

const files = import.meta.glob<Recipe>('../../../../../docs/recipes/*.json', {
  eager: true,
  import: 'default',
});

/** The recipes of docs/recipes at the time of the build, in their order. */
export const recipes: readonly Recipe[] = Object.values(files).toSorted((a, b) => a.number - b.number);
