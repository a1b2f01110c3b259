import 'reflect-metadata';
import { runProgram, serveStation } from '@sallyport/wiring/cluster';

await runProgram((options) => serveStation('authorization', options));
