import 'reflect-metadata';
import { createLogger } from '@sallyport/service';
import { serve } from '@sallyport/wiring';
import { speak } from '../../src/programs/speak.ts';
import { arm, steps } from './arm.ts';

// The product, which kills itself at a named step of the nth call.
const [config = '', name, nth] = process.argv.slice(2);
const step = steps.find((each) => each === name);
if (step === undefined) throw new Error(`there is no step ${name}`);
const served = await serve({
  config,
  logger: createLogger({ level: 'silent' }),
  signals: false,
  listen: '127.0.0.1:0',
});
arm(served, step, Number(nth));
speak(served.url, () => served.stop());
