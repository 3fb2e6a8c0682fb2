import { conformance, secureConformance } from './suite.js';
import { realSecureServer, realServer } from './target.js';

conformance(realServer());
secureConformance(realSecureServer());
