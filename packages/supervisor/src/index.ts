export { type Places, places } from './places.ts';
export { supervise } from './supervise.ts';
