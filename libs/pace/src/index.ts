export { measurePace, pace, atThisPace } from './pace.js';
