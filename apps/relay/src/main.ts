import { startService, type StartService } from '@interlock/platform';
import { AppModule } from './app.module.js';

/** Starts the relay: the log's copy on the bus, by one instance at a time. */
export const start: StartService = (context) =>
  startService(context, { of: (own) => AppModule.register(own) }, { title: 'Relay' });
