/**
 * Collects a value of each source for each of its KPIs. Returns the KPIs in the order of their
 * names, each with its values in the order of the sources.
 */
export const valuesByKpi = <Source, Value>(
  sources: readonly Source[],
  kpisOf: (source: Source) => { readonly [kpi: string]: number },
  valueOf: (kpi: number, source: Source) => Value,
): readonly (readonly [kpi: string, values: readonly Value[]])[] => {
  const byKpi = new Map<string, Value[]>();
  for (const source of sources)
    for (const [kpi, number] of Object.entries(kpisOf(source))) {
      const value = valueOf(number, source);
      const known = byKpi.get(kpi);
      if (known === undefined) byKpi.set(kpi, [value]);
      else known.push(value);
    }
  return [...byKpi.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
};
