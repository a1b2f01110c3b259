import 'reflect-metadata';
import { createLogger } from '@sallyport/service';
import { serve } from '@sallyport/wiring';
import { speak } from './speak.ts';
import { timeLists } from './time-lists.ts';

// The product itself, as `sallyport serve` runs it, with a channel to be asked about its CPU and memory.
const [config = 'sallyport.yaml'] = process.argv.slice(2);
const served = await serve({
  config,
  logger: createLogger({ level: 'warn' }),
  signals: false,
  listen: '127.0.0.1:0',
});
speak(served.url, () => served.stop(), { lists: () => timeLists(served) });
