// @ts-check
import { loadConfig } from '@sallyport/wiring';

/** Sallyport's configuration, checked whole, with its `cluster` section. */
export async function readSettings(file = '/config/sallyport.yaml') {
  const answer = await loadConfig(file);
  if (!answer.ok) throw new Error(answer.problems.map(({ line, message }) => `${file}:${line} ${message}`).join('\n'));
  const { cluster } = answer.loaded.config;
  if (!cluster) throw new Error(`${file}: cluster is missing`);
  return cluster;
}

/** @typedef {Awaited<ReturnType<typeof readSettings>>} Settings */
