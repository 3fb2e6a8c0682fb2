import { matchesLinear } from '@interlock/kernel/linear-pattern';

/** Which events of `$all` a reader wants, by the name of their stream or of their type. */
export type Filter = {
  readonly on: 'stream' | 'type';
  readonly by: { readonly prefixes: readonly string[] } | { readonly regex: string };
  /** A subscription gets a checkpoint after so many events, whether they passed or not. */
  readonly checkpointEvery: number;
};

/** Whether a name passes. */
export function passes(filter: Filter, name: string): boolean {
  return 'regex' in filter.by
    ? matchesLinear(filter.by.regex, name)
    : filter.by.prefixes.some((prefix) => name.startsWith(prefix));
}
