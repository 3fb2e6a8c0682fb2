import { startService, type StartService } from '@interlock/platform';
import { AppModule } from './app.module.js';

/** Starts the relay, which copies the log to the bus. One instance copies at a time. */
export const start: StartService = (context) =>
  startService(context, { of: (own) => AppModule.register(own) }, { title: 'Relay' });
