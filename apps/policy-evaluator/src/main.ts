import { startService, type StartService } from '@interlock/platform';
import { AppModule } from './app.module.js';
import { answers } from './answers.generated.js';

export const start: StartService = (context) =>
  startService(context, AppModule, { title: 'Policy evaluator', answers });
