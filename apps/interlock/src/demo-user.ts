/**
 * The user of the bus that `runtime.json` hands out: it may publish the demo tenant's intents, and
 * the signals it is registered for.
 */
export const demoUser = 'demo.upstream';
