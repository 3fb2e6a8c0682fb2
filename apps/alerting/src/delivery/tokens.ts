/** The injection tokens of the module. */
export const DELIVERY_CONFIG = Symbol('delivery configuration');
export const EGRESS = Symbol('egress');
export const LINKS = Symbol('one-time links in messages');
export const STATE_FILES = Symbol('files for when log or database are away');
/** The keys from which the secrets of webhooks derive. Null if there is no place to keep them. */
export const WEBHOOK_KEYS = Symbol('webhook keys');
