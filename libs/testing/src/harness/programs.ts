import { join } from 'node:path';
import { root } from './scratch.ts';

/** MCP over standard streams: a program that asks the client (`roots/list`) within a tool call. */
export const askingProgram = join(root, 'libs/testing/programs/asking-program.mjs');
/** One whose tools remember what they were called with. */
export const statefulProgram = join(root, 'libs/testing/programs/stateful-program.mjs');
