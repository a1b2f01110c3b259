import { type LoadedConfig, placeholders } from '@sallyport/config';
import { type Finding, PLACEHOLDER } from '@sallyport/contracts';

/** Upstreams that are given a placeholder, which they take for a credential or a folder until they fail by it. */
export function placeholderFindings({ config, directory }: Pick<LoadedConfig, 'config' | 'directory'>): Finding[] {
  return Object.entries(config.upstreams).flatMap(([id, upstream]) => {
    const names = placeholders(upstream, directory);
    if (names.length === 0) return [];
    const detail = `its value is still to be written (${PLACEHOLDER}, or what only a client can ask for): ${names.join(', ')}`;
    const hint = 'Write it in sallyport.env or sallyport.yaml, or set the variable, and start again.';
    return [{ about: `value of upstreams.${id}`, fires: false, detail, hint }];
  });
}
