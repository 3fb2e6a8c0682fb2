import { readConfig, startService, type StartService } from '@interlock/platform';
import { AppModule } from './app.module.js';
import { answers } from './answers.generated.js';
import { AgentGatewayConfig } from './config.js';
import { handlerPlaces } from './handlers/handler-places.js';

export const start: StartService = (context) =>
  startService(
    context,
    { of: (own) => AppModule.register(own) },
    {
      title: 'Agent gateway',
      answers,
      secrets: (environment) => handlerPlaces(readConfig(AgentGatewayConfig, environment), environment),
    },
  );
