/** A service behind the edge. In a prefix, `:name` matches any one segment. */
export type EdgeService = {
  readonly name: string;
  readonly prefixes: readonly string[];
  readonly origin: string;
};

type Route = { readonly segments: readonly string[]; readonly service: EdgeService };

const segmentsOf = (path: string): readonly string[] => path.split('/').filter((segment) => segment !== '');
const isParameter = (segment: string): boolean => segment.startsWith(':');
const literals = ({ segments }: Route): number => segments.filter((segment) => !isParameter(segment)).length;

/**
 * Returns a function that finds the service of a path. The longest prefix wins; of two equally long
 * ones, the one with fewer parameters.
 */
export const createRouting = (
  services: readonly EdgeService[],
): ((path: string) => EdgeService | undefined) => {
  const routes = services
    .flatMap((service) =>
      service.prefixes.map((prefix): Route => ({ segments: segmentsOf(prefix), service })),
    )
    .sort((a, b) => b.segments.length - a.segments.length || literals(b) - literals(a));
  const shapes = new Map<string, string>();
  for (const { segments, service } of routes) {
    const shape = segments.map((segment) => (isParameter(segment) ? ':' : segment)).join('/');
    const other = shapes.get(shape);
    if (other !== undefined)
      throw new Error(
        `the prefix \`/${segments.join('/')}\` belongs to \`${other}\` and to \`${service.name}\``,
      );
    shapes.set(shape, service.name);
  }
  return (path) => {
    const asked = segmentsOf(path);
    return routes.find(
      ({ segments }) =>
        segments.length <= asked.length &&
        segments.every((segment, i) => isParameter(segment) || segment === asked[i]),
    )?.service;
  };
};
