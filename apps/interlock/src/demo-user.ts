/**
 * The user of the bus in `runtime.json`. It may publish the demo tenant's intents, and the signals
 * that it is registered for.
 */
export const demoUser = 'demo.upstream';
