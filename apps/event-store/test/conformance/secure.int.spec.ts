import { secureConformance } from './suite.js';
import { ourSecureServer } from './target.js';

secureConformance(ourSecureServer('a server with TLS and users'));
