// @ts-check
/**
 * Starts the published memory server with its file where the operator put it. That server takes a relative
 * MEMORY_FILE_PATH as relative to its own package; here it is relative to the working directory, and its folder is made.
 */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const file = resolve(process.env.MEMORY_FILE_PATH ?? 'data/memory.jsonl');
mkdirSync(dirname(file), { recursive: true });
process.env.MEMORY_FILE_PATH = file;
await import('@modelcontextprotocol/server-memory/dist/index.js');
