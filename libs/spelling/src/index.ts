export { commandName, type StartedBy } from './command-name.ts';
export { likeness } from './likeness.ts';
export { latinLowerCase } from './look-alikes.ts';
export { nearestName } from './nearest-name.ts';
