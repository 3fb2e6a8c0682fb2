/** Faults that nothing finds, by name, each with the reason why that is acceptable. */
export const survivors: { readonly [name: string]: string } = {
  'rails/execution/lease.ts hourAfter: `one.blast.until > since` with >=':
    'Equivalent: what counts until exactly now counts no more in `lackOfRoom`, so that it is forgotten one event later and nobody sees it.',
  "autonomy/budget/budget-day.ts budgetDayDecider.evolve.'BudgetGivenBack': never `entry.status !== 'consumed'`":
    'Defence in depth: `giveBack` writes no such event for an action that was refused or has given back. The guard is for a log that somebody else wrote.',
  'autonomy/budget/budget-day.ts budgetStateRows: `a < b` with <=':
    'Equivalent: the keys of an object differ, so that two of them are never equal.',
  'rails/action/ends.ts escalatesAt: `at < expires_at` with <=':
    'Equivalent with the defaults: a request is escalated after a quarter of an hour and expires after an hour, so that both never fall on the same moment.',
  'rails/action/ends.ts serviceWaitUntil: `notAfter < until` with <=':
    'Equivalent: where both are the same time, either is the answer.',
  'rails/action/turn.ts requestTurn.data.expires_at: `claimable > expires` with >=':
    'Equivalent: where both are the same time, either is the answer.',
  'rails/action/person.ts windowEnd: `ends > due` with >=':
    'Equivalent: where both are the same time, either is the answer.',
  "rails/action/execution.ts recordLastLook: never `reservation?.status !== 'granted'`":
    'Defence in depth: a turn is asked for only under a granted reservation, and a new reservation ends the turn.',
  'rails/action/execution.ts recordLastLook: never `plan === null || handler === null`':
    'Defence in depth: `refusalOfPlan` has ended an action without a plan just before, and without a handler there is none.',
  "rails/plan/plan-next.ts standing: never `progress.phase !== 'ended'`":
    'Defence in depth: it is asked how a plan stands only where no node is in flight, and a node that is not in flight is waiting, skipped or ended.',
  'rails/plan/plan-next.ts approvedNodes: never `preview === null || parts === undefined || parts === null`':
    'Defence in depth: `afterPreviews` has refused a plan of which a node has no preview or no digest just before.',
  'rails/gates/confidence.ts bySource: `twin < intent` with <=':
    'Equivalent: equal values have another text, which is returned before.',
};
