/** The number of outcomes of an action type over which the digital twin is judged. */
export const judgedOutcomes = 200;
/** The share of them that must be within their predicted intervals. */
export const leastCoverage = 0.85;
/** How many of them may be outside their intervals while the twin keeps its vote. */
export const mostMisses = Math.round(judgedOutcomes * (1 - leastCoverage));
/**
 * How many outcomes of an action type are remembered by their trace ids. A later version of a
 * remembered trace is no new outcome.
 */
export const rememberedOutcomes = 1000;
