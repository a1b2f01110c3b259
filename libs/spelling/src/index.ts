export { likeness } from './likeness.ts';
export { nearestName } from './nearest-name.ts';
