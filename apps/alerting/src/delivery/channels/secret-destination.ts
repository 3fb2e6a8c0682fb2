import type { ChannelSettings } from '@interlock/notify';
import { destinationOf, type OwnAddress, type SecretDestination } from '@interlock/platform';

/**
 * Returns the destination of a channel's secret. For Slack and Teams, the secret is the address
 * itself.
 */
export const secretDestination = (settings: ChannelSettings): SecretDestination | OwnAddress => {
  switch (settings.kind) {
    case 'slack':
    case 'teams':
      return 'own-address';
    case 'pagerduty':
    case 'webhook':
      return destinationOf(settings.url);
    case 'github':
      return destinationOf(settings.api_url);
    case 'email':
      return { host: settings.host, port: settings.port };
  }
};
