/** The user of the bus that `runtime.json` hands out: it may publish the demo tenant's intents and signals, and no other's. */
export const demoUser = 'demo.upstream';
