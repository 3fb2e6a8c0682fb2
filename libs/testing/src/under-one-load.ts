/** The part of a policy evaluation that says under which load it was made. */
type Loaded = { readonly input: { readonly context: { readonly [field: string]: unknown } } };

const loadOf = ({ input }: Loaded): unknown => input.context['system.load_pct'];

/**
 * Makes evaluations until all of one attempt saw the same load of the machine. The load is part of
 * an evaluation's input, so a repeated request under another load is another evaluation. An attempt
 * gets its number, for a tenant of its own.
 */
export const underOneLoad = async <T extends Loaded>(
  attempt: (number: number) => Promise<readonly T[]>,
): Promise<readonly T[]> => {
  for (let number = 1; ; number += 1) {
    const answers = await attempt(number);
    if (new Set(answers.map(loadOf)).size <= 1) return answers;
  }
};
